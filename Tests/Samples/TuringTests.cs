using FastRecurrent.Samples.SmallPrograms;
using FastRecurrent.Tests.Support;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Samples;

/// <summary>The Turing machine inside a recurrent net: equal to the machine at every step, exactly.</summary>
public class TuringTests
{
    [Fact]
    public void The_net_equals_the_machine_at_every_step() => RandomCases.Hold(
        from length in Gen.Choose(0, TuringNetwork.Capacity)
        from bits in Gen.Choose(0, (1 << 24) - 1)
        from mostlyOnes in Gen.Elements(true, false)
        select (length, bits, mostlyOnes),
        tape => tape.length > 0 ? [(tape.length - 1, tape.bits, tape.mostlyOnes)] : [],
        tape =>
        {
            string symbols = string.Concat(Enumerable.Range(0, tape.length)
                .Select(i => (tape.bits >> i & 1) == 1 || (tape.mostlyOnes && i % 9 != 5) ? '1' : '0'));
            TuringMachine machine = TuringMachine.Start(symbols);
            TuringNetwork net = new(symbols);
            for (int step = 0; step < 30; step++)
            {
                Assert.Equal(machine, net.Read());
                machine = machine.Step();
                net.Step();
            }
        });

    [Fact]
    public void What_is_no_tape_is_told_in_a_line()
    {
        (int code, string output, string errors) = Programs.Run("dotnet", typeof(TuringNetwork).Assembly.Location, "turing", "012");
        Assert.Equal((1, "", 1), (code, output, errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length));
        Assert.Contains("'012'", errors);
    }

    [Fact]
    public void The_longest_tape_has_room_for_what_the_machine_writes()
    {
        TuringMachine machine = TuringMachine.Start(new string('1', TuringNetwork.Capacity));
        TuringNetwork net = new(new string('1', TuringNetwork.Capacity));
        for (int step = 0; step < 60; step++)
        {
            Assert.Equal(machine, net.Read());
            machine = machine.Step();
            net.Step();
        }
    }

    [Fact]
    public void It_adds_unary_numbers()
    {
        TuringNetwork net = new("111011"); // 3 + 2
        for (int step = 0; step < 20; step++)
        {
            net.Step();
        }

        TuringMachine result = net.Read();
        Assert.Equal(3, result.State);
        Assert.Equal(5, (result.Left + result.Right).Count(symbol => symbol == '1'));
    }

    [Fact]
    public void Tapes_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new TuringNetwork(new string('1', TuringNetwork.Capacity + 1)));
        Assert.Throws<ArgumentException>(() => new TuringNetwork("12"));
    }
}
