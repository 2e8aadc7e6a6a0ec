using System.Globalization;
using System.IO.Compression;

namespace FastRecurrent.Samples.Skeletons;

/// <summary>One recording: the frames of a person doing something.</summary>
/// <param name="Action">From 0.</param>
/// <param name="Subject">From 1.</param>
/// <param name="Frames">[<see cref="Recordings.Steps"/>][60]: 20 joints by part, relative to the hip, in metres.</param>
internal sealed record Recording(int Action, int Subject, float[][] Frames);

/// <summary>MSR-Action3D (Li et al. 2010): files aAA_sSS_eEE_skeleton3D.txt, 20 lines "x y z confidence" a frame.</summary>
internal static class Recordings
{
    public const int Steps = 32;
    private const int Hip = 7;

    public static Recording[] Load(string? path)
    {
        if (path is null)
        {
            return MakeUp();
        }

        using ZipArchive archive = ZipFile.OpenRead(path);
        List<Recording> recordings = [];
        foreach (ZipArchiveEntry entry in archive.Entries.Where(entry => entry.Name.EndsWith("_skeleton3D.txt", StringComparison.Ordinal)))
        {
            int action = int.Parse(entry.Name.AsSpan(1, 2), CultureInfo.InvariantCulture),
                subject = int.Parse(entry.Name.AsSpan(5, 2), CultureInfo.InvariantCulture);
            using StreamReader reader = new(entry.Open());
            float[][] joints = [.. reader.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(3)
                .Select(number => float.Parse(number, CultureInfo.InvariantCulture)).ToArray())];
            if (joints.Length % Body.Joints != 0 || joints.Any(joint => joint.Length != 3))
            {
                throw new InvalidDataException($"{path}, {entry.FullName}: frames have {Body.Joints} lines of x y z.");
            }

            // The usual practice leaves out recordings whose joints were mostly lost.
            float[][][] frames = [.. joints.Chunk(Body.Joints).Where(frame => frame.Count(IsLost) <= 6)];
            if (frames.Length >= 5 && joints.Count(IsLost) <= 0.3 * joints.Length)
            {
                recordings.Add(new Recording(action - 1, subject, Resample([.. frames.Select(Arrange)])));
            }
        }

        return recordings.Count > 0 ? [.. recordings] : throw new InvalidDataException($"{path} holds no skeleton files.");
    }

    private static bool IsLost(float[] joint) => joint[0] == 0 && joint[1] == 0 && joint[2] == 0;

    private static float[] Arrange(float[][] frame) =>
        [.. Body.Order.SelectMany(joint => frame[joint - 1].Zip(frame[Hip - 1], (value, hip) => value - hip))];

    /// <summary>To a common number of steps, between whose frames joints move in straight lines.</summary>
    private static float[][] Resample(float[][] frames) => [.. Enumerable.Range(0, Steps).Select(step =>
    {
        float at = (float)step * (frames.Length - 1) / (Steps - 1);
        int before = Math.Min((int)at, frames.Length - 2);
        return frames[before].Zip(frames[before + 1], (from, to) => from + (at - before) * (to - from)).ToArray();
    })];

    /// <summary>Figures that wave one of four limbs, by ten subjects of different tempo.</summary>
    private static Recording[] MakeUp()
    {
        Random random = new(1);
        return [.. from subject in Enumerable.Range(1, 10)
                   from action in Enumerable.Range(0, 4)
                   from take in Enumerable.Range(0, 3)
                   select new Recording(action, subject, [.. Enumerable.Range(0, Steps).Select(t =>
                   {
                       float[] frame = new float[Body.FrameSize];
                       for (int i = 0; i < Body.FrameSize; i++)
                       {
                           bool moves = i / (Body.JointsInAPart * 3) == action + 1;
                           frame[i] = (float)((moves ? 0.3 * Math.Sin(t * (0.3 + 0.03 * subject) + i) : 0.1 * i / Body.FrameSize)
                               + 0.05 * (random.NextDouble() - 0.5));
                       }

                       return frame;
                   })])];
    }
}
