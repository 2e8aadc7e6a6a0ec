using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Graph;

/// <summary>Graphs, trees, orders and schedules, against plain definitions on random graphs.</summary>
public class StructureTests
{
    private static readonly GraphKind[] _all = Enum.GetValues<GraphKind>();

    [Fact]
    public void A_graph_has_the_edges_it_was_made_from_in_their_order() =>
        RandomCases.Hold(GraphCase.Cases(_all), shape => shape.Shrink(), shape =>
    {
        Random random = new(shape.Seed);
        int[] sources = [.. Enumerable.Range(0, 3 * shape.Nodes).Select(_ => random.Next(shape.Nodes))],
            targets = [.. sources.Select(_ => random.Next(shape.Nodes))];
        CsrGraph graph = CsrGraph.FromEdges(shape.Nodes, sources, targets, out int[] order);
        for (int v = 0; v < shape.Nodes; v++)
        {
            Assert.Equal(sources.Where((_, edge) => targets[edge] == v), graph[v].ToArray());
        }

        Assert.Equal(order.Select(edge => sources[edge]), graph.Sources.ToArray());
        CsrGraph back = graph.Reverse(out int[] backOrder);
        Assert.Equal(Pairs(graph).Select(pair => (pair.Target, pair.Source)).Order(), Pairs(back).Order());
        (int Source, int Target)[] pairs = Pairs(graph), reversed = Pairs(back);
        Assert.All(Enumerable.Range(0, backOrder.Length),
            edge => Assert.Equal(reversed[edge], (pairs[backOrder[edge]].Target, pairs[backOrder[edge]].Source)));
        Assert.True(graph.Symmetric().IsSymmetric());
        Assert.Equal(pairs.Concat(reversed).Distinct().Order(), Pairs(graph.Symmetric()).Order());
        CsrGraph loops = graph.WithSelfLoops();
        Assert.All(Enumerable.Range(0, shape.Nodes), v => Assert.True(loops[v].Contains(v)));
    }, count: 60);

    [Fact]
    public void Reordering_keeps_the_graph_and_cuthill_and_mckee_bring_neighbours_together() => RandomCases.Hold(
        GraphCase.Cases(_all), shape => shape.Shrink(), shape =>
    {
        CsrGraph graph = shape.Create();
        int[] order = NodeOrder.ReverseCuthillMcKee(graph);
        CsrGraph near = graph.Reorder(order, out int[] edges);
        (int Source, int Target)[] pairs = Pairs(graph), moved = Pairs(near);
        Assert.All(Enumerable.Range(0, edges.Length), e => Assert.Equal(pairs[edges[e]], (order[moved[e].Source], order[moved[e].Target])));
    }, count: 60);

    [Fact]
    public void Cuthill_and_mckee_find_the_band_of_a_shuffled_path()
    {
        GraphCase shape = new(GraphKind.Chain, 200, 1, 1, 5);
        CsrGraph path = shape.Create();
        CsrGraph near = path.Reorder(NodeOrder.ReverseCuthillMcKee(path));
        Assert.Equal(1, Pairs(near).Max(pair => Math.Abs(pair.Source - pair.Target)));
    }

    [Fact]
    public void A_random_graph_shrinks_to_what_is_wrong_with_it()
    {
        Least(GraphKind.Acyclic, shape => Pairs(shape.Create()).GroupBy(pair => pair.Target).Any(into => into.Count() > 1), 3, edges: 2);
        Least(GraphKind.Undirected, shape => shape.Weights(shape.Create()).Any(weight => weight > 1), nodes: 2, edges: 2);
        Least(GraphKind.Forest, shape => shape.Parents() is var up && up.Any(node => node >= 0 && up[node] >= 0), nodes: 3, edges: 2);
        Least(GraphKind.Chain, shape => shape.Parents().Count(parent => parent >= 0) > 1, nodes: 3, edges: 2);
        Least(GraphKind.Acyclic, shape => shape.Places(2, wholeOrNone: true).Any(place => place >= 0), nodes: 3, edges: 2);
        Least(GraphKind.Acyclic, shape => shape.Places(3).Chunk(3).Any(own => own.Count(place => place < 0) == 1), nodes: 3, edges: 2);

        void Least(GraphKind kind, Predicate<GraphCase> isWrong, int nodes, int edges)
        {
            foreach (int seed in Enumerable.Range(1, 20))
            {
                GraphCase shape = new(kind, 14, 20, 20, seed);
                for (GraphCase? smaller = isWrong(shape) ? shape : null; smaller is not null;
                    smaller = shape.Shrink().FirstOrDefault(less => isWrong(less)))
                {
                    shape = smaller;
                }

                bool isLeast = shape.Nodes <= nodes && shape.Create().EdgeCount <= edges && shape.InputSize == 1;
                Assert.True(isLeast || !isWrong(shape), $"{shape}");
            }
        }
    }

    [Fact]
    public void A_batch_is_block_diagonal()
    {
        CsrGraph batch = CsrGraph.Batch(CsrGraph.FromEdges(2, [0], [1]), new CsrGraph([0], []), CsrGraph.FromEdges(3, [2, 1], [0, 0]));
        Assert.Equal([0, 0, 1, 3, 3, 3], batch.Offsets);
        Assert.Equal([0, 4, 3], batch.Sources);
    }

    [Fact]
    public void Levels_come_after_what_they_depend_on() => RandomCases.Hold(
        GraphCase.Cases(GraphKind.Chain, GraphKind.Forest, GraphKind.Acyclic), shape => shape.Shrink(), shape =>
    {
        CsrGraph graph = shape.Create();
        LevelSchedule schedule = new(graph);
        int[] level = new int[shape.Nodes];
        for (int l = 0; l < schedule.LevelCount; l++)
        {
            foreach (int node in schedule.Order[schedule.LevelOffsets[l]..schedule.LevelOffsets[l + 1]])
            {
                level[node] = l;
            }
        }

        for (int node = 0; node < shape.Nodes; node++)
        {
            Assert.Equal(level[node], graph[node].IsEmpty ? 0 : graph[node].ToArray().Max(source => level[source]) + 1);
        }
    }, count: 60);

    [Fact]
    public void Relatives_follow_from_parents_and_times()
    {
        Relatives relatives = new([-1, 0, 0, 2, 0, -1], [7, 5, -3, 1, 1, 9]);
        Assert.Equal([-1, 4, -1, -1, 2, -1], relatives.ElderSibling);
        Assert.Equal([2, -1, 3, -1, -1, -1], relatives.FirstChild);
        Assert.Equal([-1, -1, 4, -1, 1, -1], relatives.YoungerSibling);
        Assert.Equal("forest of 6 nodes, 2 roots", relatives.ToString());
    }

    [Fact]
    public void Labelled_parentheses_are_read()
    {
        LabelledTree tree = LabelledTree.Parse("(3 (2 It) (4 (2 's) (3 fine)))\n");
        Assert.Equal([-1, 0, 0, 2, 2], tree.Parent);
        Assert.Equal(["3", "2", "4", "2", "3"], tree.Labels);
        Assert.Equal("It 's fine", tree.ToString());
        Assert.Equal([1, 2, -1, -1, 3, 4], Forest.Children(tree.ToGraph(), 2)[..6]);
    }

    [Fact]
    public void A_word_may_hold_a_no_break_space()
    {
        LabelledTree tree = LabelledTree.Parse("(2\t(2 8\u00a01\\/2)\r\n(2 hours) )");
        Assert.Equal((IEnumerable<string?>)[null, "8\u00a01\\/2", "hours"], tree.Words.ToArray());
    }

    [Theory]
    [InlineData("", "there is no tree")]
    [InlineData("x", "begins with '('")]
    [InlineData("(1 a", "a ')' is missing")]
    [InlineData("(1 a))", "text after the tree")]
    [InlineData("(1 a) (2 b)", "a second tree begins")]
    [InlineData("(1)", "neither a word nor children")]
    [InlineData("(1 a b)", "two words")]
    [InlineData("(1 a (2 b))", "both a word and children")]
    [InlineData("(1 (2 b) a)", "both a word and children")]
    [InlineData("( (2 b))", "no label")]
    public void Bad_trees_are_refused_with_the_place(string text, string message)
    {
        string actual = Assert.Throws<InvalidDataException>(() => LabelledTree.Parse(text)).Message;
        Assert.Contains(message, actual);
        Assert.StartsWith("At character ", actual);
    }

    [Fact]
    public void A_tree_can_be_as_deep_as_its_text()
    {
        const int Depth = 100_000;
        LabelledTree tree = LabelledTree.Parse(string.Concat(Enumerable.Repeat("(0 ", Depth)) + "x" + new string(')', Depth));
        Assert.Equal(Depth, tree.NodeCount);
        Assert.Equal(Depth, new LevelSchedule(tree.ToGraph()).LevelCount);
    }

    [Fact]
    public void Dependency_heads_make_a_tree()
    {
        CsrGraph tree = Forest.FromDependencyHeads([2, 0, 2]);
        Assert.Equal([0, 2], tree[1]);
        Assert.Contains("heads[0] is 4, which is not in 0 … 3",
            Assert.Throws<ArgumentException>("heads", () => Forest.FromDependencyHeads([4, 0, 2])).Message);
        Assert.Contains("heads[1] is -1", Assert.Throws<ArgumentException>("heads", () => Forest.FromDependencyHeads([0, -1])).Message);
        Assert.Contains("heads[0] is -2147483648",
            Assert.Throws<ArgumentException>("heads", () => Forest.FromDependencyHeads([int.MinValue])).Message);
        Assert.Contains("cycle through word 2",
            Assert.Throws<ArgumentException>("heads", () => Forest.FromDependencyHeads([0, 2])).Message);
        Assert.Contains("node 1 has 2 children, more than 1", Assert.Throws<ArgumentException>(() => Forest.Children(tree, 1)).Message);
    }

    [Fact]
    public void Cycles_are_refused_by_the_name_of_what_has_them()
    {
        Assert.Contains("cycle through node 1",
            Assert.Throws<ArgumentException>("graph", () => new LevelSchedule(new CsrGraph([0, 0, 1], [1]))).Message);
        Assert.Contains("cycle through node 1", Assert.Throws<ArgumentException>("places", () => new NarySchedule([-1, 1], 1)).Message);
        Assert.Contains("cycle through node 1", Assert.Throws<ArgumentException>("parent", () => Forest.FromParents([-1, 1])).Message);
        Assert.Contains("cycle through node 1", Assert.Throws<ArgumentException>("parent", () => new Relatives([-1, 1], [0, 0])).Message);
        Assert.Contains("cycle through node 1",
            Assert.Throws<ArgumentException>("parents", () => Skeleton.Uniform<float>([-1, 1])).Message);
        Assert.Contains("parents[1] is 2", Assert.Throws<ArgumentException>("parents", () => Skeleton.Spatial<float>([-1, 2])).Message);
    }

    [Fact]
    public void Bad_graphs_are_refused_with_the_place()
    {
        Assert.Contains("must begin with 0", Assert.Throws<ArgumentException>(() => new CsrGraph([1, 1], [])).Message);
        Assert.Contains("offsets[2] is 0 after 1", Assert.Throws<ArgumentException>(() => new CsrGraph([0, 1, 0], [0])).Message);
        Assert.Contains("end with 1, but there are 2", Assert.Throws<ArgumentException>(() => new CsrGraph([0, 1], [0, 0])).Message);
        Assert.Contains("indices[1] is 2", Assert.Throws<ArgumentException>(() => new CsrGraph([0, 1, 2], [1, 2])).Message);
        Assert.Contains("indices[0] is -1", Assert.Throws<ArgumentException>(() => new CsrGraph([0, 1, 1], [-1])).Message);
        Assert.Contains("targets[0] is 3", Assert.Throws<ArgumentException>(() => CsrGraph.FromEdges(3, [0], [3])).Message);
        Assert.Throws<ArgumentException>(() => new CsrGraph([], []));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void A_node_or_row_that_is_not_there_is_named(int number)
    {
        CsrGraph graph = new([0, 1, 2], [1, 0]);
        Assert.Throws<ArgumentOutOfRangeException>("v", () => graph[number].Length);
        Assert.Throws<ArgumentOutOfRangeException>("v", () => graph.InDegree(number));
        Assert.Contains("must be 0 … 1", Assert.Throws<ArgumentOutOfRangeException>("row", () => graph.Incoming[number].Length).Message);
        Assert.Throws<ArgumentOutOfRangeException>("row", () => new CsrPattern([0], [], 5)[number].Length);
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        CsrGraph none = null!;
        Assert.Throws<ArgumentNullException>("graphs", () => CsrGraph.Batch(new CsrGraph([0], []), none));
        Assert.Throws<ArgumentNullException>("graph", () => new LevelSchedule(none));
        Assert.Throws<ArgumentNullException>("graph", () => new GraphLstmSchedule(none, []));
        Assert.Throws<ArgumentNullException>("graph", () => GraphLstmSchedule.OneByOne(none, []));
        Assert.Throws<ArgumentNullException>("graph", () => new MetaPath(none));
        Assert.Throws<ArgumentNullException>("middles", () => new MetaPath((CsrPattern)null!));
        Assert.Throws<ArgumentNullException>("graph", () => NodeOrder.ReverseCuthillMcKee(none));
        Assert.Throws<ArgumentNullException>("tree", () => Forest.Children(none, 1));
        Assert.Throws<ArgumentNullException>("relatives", () => new GsLstmSchedule(null!));
        Assert.Throws<ArgumentNullException>("pattern", () => new SparseMatrix<float>(null!));
        Assert.Throws<ArgumentNullException>("graph", () => SparseMatrix<float>.Laplacian(none));
        Assert.Throws<ArgumentNullException>("graph", () => SpectralBasis<float>.OfLaplacian(none));
        Assert.Throws<ArgumentNullException>("options", () => new AgcLstm<float>(null!, null!));
        Assert.Throws<ArgumentNullException>("options", () => new GraphLstm<float>(null!));
        Assert.Throws<ArgumentNullException>("options", () => new GraphNet<float>(null!));
        Assert.Throws<ArgumentNullException>("options", () => new GraphNetPlan(null!, none));
        Assert.Throws<ArgumentNullException>("options", () => new GsLstm<float>(null!));
        Assert.Throws<ArgumentOutOfRangeException>("Direction",
            () => new GsLstm<float>(new GsLstmOptions { InputSize = 1, HiddenSize = 1, Direction = (GsLstmDirection)9 }));
        Assert.Throws<ArgumentOutOfRangeException>("activation", () => new Recursive<float>(1, (Activation)99));
        Assert.Throws<ArgumentNullException>("options", () => new Han<float>(null!));
        Assert.Throws<ArgumentNullException>("basis", () => new SpectralConvolution<float>(null!));
        Assert.Throws<ArgumentNullException>("basis", () => new SpectralFilter<float>(null!));
    }

    [Fact]
    public void Sizes_that_no_array_has_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("nodeCount", () => CsrGraph.FromEdges(int.MaxValue, [], []));
        Assert.Throws<ArgumentOutOfRangeException>("nodeCount", () => ConfidenceOrder.Adjacency([0], 1, int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>("columns", () => new CsrPattern([0], [], int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>("nodes", () => ConfidenceOrder.ByBestLabel([], -1));
        CsrGraph million = new(new int[1_000_001], []), crowded = new([0, 1_000_000], new int[1_000_000]);
        Assert.Contains("3000000000 nodes",
            Assert.Throws<ArgumentException>("graphs", () => CsrGraph.Batch([.. Enumerable.Repeat(million, 3000)])).Message);
        Assert.Contains("3000000000 edges",
            Assert.Throws<ArgumentException>("graphs", () => CsrGraph.Batch([.. Enumerable.Repeat(crowded, 3000)])).Message);
        CsrGraph tree = Forest.FromParents([-1, 0]);
        Assert.Contains("2 nodes of 2147483647 places",
            Assert.Throws<ArgumentException>(() => Forest.Children(tree, int.MaxValue)).Message);
    }

    private static (int Source, int Target)[] Pairs(CsrGraph graph) =>
        [.. Enumerable.Range(0, graph.NodeCount).SelectMany(v => graph[v].ToArray().Select(source => (source, v)))];
}
