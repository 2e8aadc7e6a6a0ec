namespace FastRecurrent.Samples.SceneParsing;

/// <summary>Streets of rectangles. Houses, pavements and cars may have each other's colours,
/// so that surroundings tell more than colour.</summary>
internal static class SyntheticScenes
{
    private const int Width = 96, Height = 72;

    public static SceneData Draw()
    {
        Random random = new(1);
        Scene[] scenes = [.. Enumerable.Range(0, 36).Select(i => Draw($"street {i + 1}", random))];
        return new SceneData(scenes[..20], scenes[20..26], scenes[26..]);
    }

    private static Scene Draw(string name, Random random)
    {
        Picture picture = new(Width, Height, 3, new byte[Width * Height * 3]), truth = new(Width, Height, 1, new byte[Width * Height]);
        int horizon = random.Next(30, 40), kerb = horizon + random.Next(8, 14);
        Fill("sky", 0, 0, Width, horizon, 200, 215, 240);
        for (int x = -random.Next(10), width; x < Width; x += width)
        {
            width = random.Next(12, 30);
            int grey = random.Next(90, 170);
            if (random.Next(4) > 0)
            {
                Fill("building", x, random.Next(4, 20), x + width, horizon, grey, grey - 10, grey - 20);
            }
            else
            {
                Fill("tree", x, random.Next(10, 24), x + width, horizon, 60, grey - 20, 50);
            }
        }

        Fill("pavement", 0, horizon, Width, kerb, 150, 145, 140);
        Fill("road", 0, kerb, Width, Height, 110, 110, 115);
        for (int pole = random.Next(3); pole > 0; pole--)
        {
            int x = random.Next(Width);
            Fill("pole", x, random.Next(10, 20), x + 3, kerb, 80, 80, 80);
        }

        for (int car = random.Next(1, 4); car > 0; car--)
        {
            int x = random.Next(Width - 10), top = kerb + random.Next(-4, 10), grey = random.Next(60, 190);
            Fill("car", x, top, x + random.Next(14, 26), top + random.Next(9, 14), grey, grey, grey);
        }

        foreach (ref byte value in picture.Values.AsSpan())
        {
            value = (byte)Math.Clamp(value + random.Next(-60, 61), 0, 255);
        }

        return new Scene(name, picture, truth);

        void Fill(string label, int left, int top, int right, int bottom, int red, int green, int blue)
        {
            byte number = (byte)Array.IndexOf(Scene.ClassNames, label);
            for (int y = Math.Max(0, top); y < Math.Min(Height, bottom); y++)
            {
                for (int x = Math.Max(0, left); x < Math.Min(Width, right); x++)
                {
                    truth.Values[y * Width + x] = number;
                    picture.Values.AsSpan((y * Width + x) * 3, 3)[0] = (byte)red;
                    picture.Values.AsSpan((y * Width + x) * 3, 3)[1] = (byte)green;
                    picture.Values.AsSpan((y * Width + x) * 3, 3)[2] = (byte)blue;
                }
            }
        }
    }
}
