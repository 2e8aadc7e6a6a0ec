namespace FastRecurrent.Samples.SceneParsing;

/// <summary>Pixels row by row.</summary>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Channels">1 for grey, 3 for red, green, blue.</param>
/// <param name="Values">[height, width, channels].</param>
internal sealed record Picture(int Width, int Height, int Channels, byte[] Values)
{
    public int Pixels => Width * Height;

    /// <summary>The picture seen in a mirror.</summary>
    public Picture Mirror()
    {
        byte[] values = new byte[Values.Length];
        for (int pixel = 0; pixel < Pixels; pixel++)
        {
            int y = pixel / Width, x = pixel % Width;
            Values.AsSpan(pixel * Channels, Channels).CopyTo(values.AsSpan((y * Width + Width - 1 - x) * Channels));
        }

        return this with { Values = values };
    }

    /// <summary>Pictures of one size side by side, each pixel as a square.</summary>
    public static Picture Beside(IReadOnlyList<Picture> pictures, int scale, int gap)
    {
        int width = pictures[0].Width, height = pictures[0].Height, channels = pictures[0].Channels, step = width * scale + gap;
        Picture all = new(pictures.Count * step - gap, height * scale, channels,
            new byte[(pictures.Count * step - gap) * height * scale * channels]);
        all.Values.AsSpan().Fill(byte.MaxValue);
        for (int p = 0; p < pictures.Count; p++)
        {
            for (int y = 0; y < height * scale; y++)
            {
                for (int x = 0; x < width * scale; x++)
                {
                    pictures[p].Values.AsSpan((y / scale * width + x / scale) * channels, channels)
                        .CopyTo(all.Values.AsSpan((y * all.Width + p * step + x) * channels));
                }
            }
        }

        return all;
    }
}
