Console.WriteLine("FastRecurrent");
