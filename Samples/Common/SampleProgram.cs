using System.CommandLine;

namespace FastRecurrent.Samples.Common;

/// <summary>Checks and runs a sample's command line.</summary>
public static class SampleProgram
{
    /// <summary>Runs it; what is wrong with the data or the sizes it was given is told in a line, not as a stack of calls.</summary>
    /// <param name="root">The command.</param>
    /// <param name="args">What the user has written.</param>
    /// <returns>The exit code: 1 if what was given cannot be used, or the user has stopped it.</returns>
    public static async Task<int> RunAsync(this RootCommand root, string[] args)
    {
        try
        {
            return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException
            or ArgumentException or NotSupportedException or FormatException or OverflowException)
        {
            await Console.Error.WriteLineAsync(exception.Message);
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("stopped");
        }

        return 1;
    }

    /// <summary>Refuses counts below 1.</summary>
    /// <param name="counter">An option of <see cref="int"/>, or of one that may be left out.</param>
    public static void BeginAtOne<T>(this Option<T> counter) => counter.Validators.Add(result =>
    {
        if (result.GetValue(counter) is int and < 1)
        {
            result.AddError($"{counter.Name} begins at 1.");
        }
    });
}
