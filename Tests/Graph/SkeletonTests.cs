using FastRecurrent.Graph;

namespace FastRecurrent.Tests.Graph;

/// <summary>The partitions of small skeletons, read off the gradients of a layer's weights.</summary>
public class SkeletonTests
{
    //      0 - 1 - 2      a chain with a branch at 1, rooted at 0
    //          |
    //          3
    private static readonly int[] _parents = [-1, 0, 1, 1];

    [Fact]
    public void Spatial_partitions_are_self_closer_and_farther()
    {
        double[][] partitions = Matrices(Skeleton.Spatial<double>(_parents));
        Assert.Equal(3, partitions.Length);
        Assert.Equal([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], partitions[0]);
        Assert.Equal([0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0], partitions[1]);
        Assert.Equal([0, 1, 0, 0, 0, 0, 0.5, 0.5, 0, 0, 0, 0, 0, 0, 0, 0], partitions[2]);
    }

    [Fact]
    public void The_centre_may_be_another_joint_than_the_root()
    {
        double[][] partitions = Matrices(Skeleton.Spatial<double>(_parents, centre: 2));
        Assert.Equal([0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0], partitions[1]);
        Assert.Equal([0, 0, 0, 0, 0.5, 0, 0, 0.5, 0, 1, 0, 0, 0, 0, 0, 0], partitions[2]);
    }

    [Fact]
    public void Several_roots_are_several_skeletons()
    {
        double[][] partitions = Matrices(Skeleton.Spatial<double>([1, -1, -1, 2], centre: 3));
        Assert.Equal([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0], partitions[1]);
    }

    [Fact]
    public void Uniform_labelling_takes_the_mean_of_a_joint_and_its_neighbours()
    {
        double third = 1.0 / 3;
        double[][] partitions = Matrices(Skeleton.Uniform<double>(_parents));
        Assert.Single(partitions);
        Assert.Equal([0.5, 0.5, 0, 0, 0.25, 0.25, 0.25, 0.25, 0, 0.5, 0.5, 0, 0, 0.5, 0, 0.5], partitions[0]);
        Assert.Equal(third, Matrices(Skeleton.Uniform<double>([-1, 0, 1]))[0][3]);
    }

    [Fact]
    public void Bones_that_are_no_skeleton_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Skeleton.Spatial<float>([1, 0]));
        Assert.Throws<ArgumentException>(() => Skeleton.Spatial<float>([-1, 2]));
        Assert.Throws<ArgumentException>(() => Skeleton.Spatial<float>([-1, 0], centre: 2));
        Assert.Throws<ArgumentException>(() => Skeleton.Uniform<float>([-2]));
        Assert.Throws<ArgumentException>(() => Skeleton.Uniform<float>([]));
    }

    /// <summary>Â_k [N, N] each: what a layer's input products see of one-hot joints, by way of the gradient of a weight.</summary>
    private static double[][] Matrices(GraphPartitions<double> partitions)
    {
        int joints = partitions.NodeCount;
        AgcLstm<double> layer = new(new AgcLstmOptions { InputSize = joints, HiddenSize = 1 }, partitions);
        layer.Pack();
        AgcLstmTape<double> tape = layer.CreateTape(1, 1);
        double[] identity = new double[joints * joints], dy = new double[joints];
        for (int joint = 0; joint < joints; joint++)
        {
            identity[joint * joints + joint] = 1;
        }

        double[][] matrices = [.. Enumerable.Range(0, partitions.Count).Select(_ => new double[joints * joints])];
        for (int joint = 0; joint < joints; joint++)
        {
            layer.Parameters.ZeroGradients();
            layer.Forward(new AgcLstmInput<double> { Steps = 1, Batch = 1, X = identity }, new AgcLstmOutput<double>(), tape);
            Array.Clear(dy);
            dy[joint] = 4; // all gates are ½, so that h = ½ tanh(½ u) and ∂h/∂u' = ¼
            layer.Backward(new AgcLstmOutputGradient<double> { Y = dy }, new AgcLstmInputGradient<double>(), tape);
            for (int k = 0; k < partitions.Count; k++)
            {
                layer.Parameters[$"weight_x.{k}"].Gradient.Slice(3 * joints, joints).CopyTo(matrices[k].AsSpan(joint * joints));
            }
        }

        return matrices;
    }
}
