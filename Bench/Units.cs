using System.Globalization;

namespace FastRecurrent.Bench;

/// <summary>Numbers with the unit that leaves them between 1 and 1000.</summary>
public static class Units
{
    /// <summary>Seconds as ns, µs, ms or s, three digits.</summary>
    public static string Time(double seconds) => seconds switch
    {
        < 999.5e-9 => Digits(seconds * 1e9) + " ns",
        < 999.5e-6 => Digits(seconds * 1e6) + " µs",
        < 999.5e-3 => Digits(seconds * 1e3) + " ms",
        _ => Digits(seconds) + " s",
    };

    /// <summary>A rate with M, G or T.</summary>
    public static string Rate(double perSecond, string unit) => perSecond switch
    {
        < 999.5e6 => $"{Digits(perSecond / 1e6)} M{unit}",
        < 999.5e9 => $"{Digits(perSecond / 1e9)} G{unit}",
        _ => $"{Digits(perSecond / 1e12)} T{unit}",
    };

    /// <summary>Bytes in binary units, whole or with one digit after the point.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.#} KB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):0.#} MB"),
    };

    /// <summary>A share of one, in whole per cent.</summary>
    public static string Percent(double share) => share.ToString("P0", CultureInfo.InvariantCulture);

    /// <summary>Three digits, or all before the point.</summary>
    public static string Digits(double value) =>
        value.ToString(value >= 99.95 ? "F0" : value >= 9.995 ? "F1" : "F2", CultureInfo.InvariantCulture);
}
