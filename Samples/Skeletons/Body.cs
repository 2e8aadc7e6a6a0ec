namespace FastRecurrent.Samples.Skeletons;

/// <summary>The 20 joints that the first Kinect sees.</summary>
internal static class Body
{
    public const int Parts = 5, JointsInAPart = 4, Joints = Parts * JointsInAPart, FrameSize = Joints * 3;

    /// <summary>The middle of the spine, from which the graph convolution counts inwards and outwards.</summary>
    public const int Centre = 1;

    /// <summary>
    /// The data set's joints, which count from 1, by part and from the trunk outwards: hip, spine, between the shoulders, head; shoulder,
    /// elbow, wrist, hand of either arm; hip, knee, ankle, foot of either leg.
    /// </summary>
    public static int[] Order { get; } = [7, 4, 3, 20, 1, 8, 10, 12, 2, 9, 11, 13, 5, 14, 16, 18, 6, 15, 17, 19];

    // In the data set's numbers the bones are 7-4-3-20, 3-1-8-10-12, 3-2-9-11-13, 7-5-14-16-18 and 7-6-15-17-19, those that its drawing
    // program (drawskt.m) connects; in the recordings they are the pairs whose distance hardly varies.
    /// <summary>For each joint in <see cref="Order"/> the place of the one at the other end of its bone:
    /// limbs begin between the shoulders or at the hip.</summary>
    public static int[] Parents { get; } = [-1, 0, 1, 2, 2, 4, 5, 6, 2, 8, 9, 10, 0, 12, 13, 14, 0, 16, 17, 18];
}
