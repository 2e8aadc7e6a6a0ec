using FastRecurrent.Graph;

namespace FastRecurrent.Samples.SceneParsing;

/// <summary>A scene and the order in which its superpixels are updated.</summary>
internal sealed record OrderedScene(SceneGraph Scene, int[] Order)
{
    /// <summary>Scenes side by side as one graph.</summary>
    public static GraphLstmSchedule Batch(OrderedScene[] scenes)
    {
        List<int> order = [];
        foreach (OrderedScene scene in scenes)
        {
            int before = order.Count;
            order.AddRange(scene.Order.Select(node => before + node));
        }

        return new GraphLstmSchedule(CsrGraph.Batch([.. scenes.Select(scene => scene.Scene.Graph)]), order.ToArray());
    }
}
