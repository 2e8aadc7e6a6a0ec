using FastRecurrent.Bench.Verify;
foreach (string path in Verifier.Find(args)) { VerifyResult r = Verifier.Verify(path); if (r.Verdict != Verdict.Unsupported) Console.WriteLine(r); }
