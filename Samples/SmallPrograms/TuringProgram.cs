namespace FastRecurrent.Samples.SmallPrograms;

/// <summary>Prints the machine and the net side by side until the machine halts.</summary>
internal static class TuringProgram
{
    public static int Run(string tape)
    {
        TuringMachine machine = TuringMachine.Start(tape);
        TuringNetwork net = new(tape);
        Console.WriteLine($"a net of {net.Units} saturated-linear units; four of its steps are one of the machine's");
        int step = 0;
        while (true)
        {
            TuringMachine read = net.Read();
            Console.WriteLine($"{step,4}   machine  {machine,-36} net  {read}");
            if (read != machine)
            {
                Console.WriteLine("they differ");
                return 1;
            }

            if (machine.State == 3 && machine.Step() == machine)
            {
                return 0;
            }

            machine = machine.Step();
            net.Step();
            step++;
        }
    }
}
