using System.Globalization;

namespace FastRecurrent.Bench;

/// <summary>Numbers with the unit that leaves them between 1 and 1000.</summary>
public static class Units
{
    /// <summary>Seconds as ns, µs, ms or s, three digits.</summary>
    public static string Time(double seconds) => seconds switch
    {
        < 1e-6 => Digits(seconds * 1e9) + " ns",
        < 1e-3 => Digits(seconds * 1e6) + " µs",
        < 1 => Digits(seconds * 1e3) + " ms",
        _ => Digits(seconds) + " s",
    };

    /// <summary>A rate with M, G or T.</summary>
    public static string Rate(double perSecond, string unit) => perSecond switch
    {
        < 1e9 => $"{Digits(perSecond / 1e6)} M{unit}",
        < 1e12 => $"{Digits(perSecond / 1e9)} G{unit}",
        _ => $"{Digits(perSecond / 1e12)} T{unit}",
    };

    /// <summary>Bytes in binary units.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => $"{bytes / 1024} KB",
        _ => $"{bytes / (1024 * 1024)} MB",
    };

    /// <summary>A share of one, in whole per cent.</summary>
    public static string Percent(double share) => share.ToString("P0", CultureInfo.InvariantCulture);

    /// <summary>Three digits, or all before the point.</summary>
    public static string Digits(double value) =>
        value.ToString(value >= 100 ? "F0" : value >= 10 ? "F1" : "F2", CultureInfo.InvariantCulture);
}
