using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

public abstract partial class RecurrentNetwork<TCell, T>
{
    /// <summary>Whether a cell makes the products of later steps beside its own, on one thread.</summary>
    private static bool WorksAhead(in TCell cell, WorkerPool? workers) =>
        cell.Recurrent is not null && cell.Input.HasColumns
        && ProductAhead<T>.Helps(cell.Input.Width, cell.Input.Depth, cell.OutputSize)
        && StepThreads(cell, workers) == 1;

    /// <summary>
    /// b + W x of a single sequence's steps, in the order of the run: of a chunk of steps at once, or of its first steps, and then of eight
    /// more while those before are taken.
    /// </summary>
    private ref struct SequenceGates
    {
        private const int Eight = ProductAhead<T>.Rows;

        private readonly RecurrentNetwork<TCell, T> _network;
        private readonly ref TCell _cell;
        private readonly int _layer;
        private readonly bool _reverse;
        private readonly int _width;
        private readonly Places<T> _places;
        private readonly WorkerPool? _workers;
        private readonly ProductAhead<T>? _product;
        private int _first; // the chunk is [first, last)
        private int _last;
        private int _taken; // steps of it that have been asked for,
        private int _ready; // and those whose products are there

        public SequenceGates(
            RecurrentNetwork<TCell, T> network, int layer, ref TCell cell, bool reverse, scoped in Places<T> places, WorkerPool? workers)
        {
            _network = network;
            _cell = ref cell;
            _layer = layer;
            _reverse = reverse;
            _width = cell.Input.Gates.Width;
            _places = places;
            _workers = workers;
            _product = places.Tape.Ahead is [ProductAhead<T> own, ..] && WorksAhead(cell, workers) ? own : null;
        }

        /// <summary>What the step just asked for shall make pieces of; null for nothing.</summary>
        public ProductAhead<T>? Ahead { get; private set; }

        /// <summary>The gates of the next step of the run, which is <paramref name="t"/>.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public AlignedMemory<T> Of(int t)
        {
            if (_taken == _ready)
            {
                MakeReady(t);
            }

            _taken++;
            return _places.Gates.Slice((t - _first) * _width, _width);
        }

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        private void MakeReady(int t)
        {
            if (Ahead is not null)
            {
                Ahead.Finish();
                _ready += Eight;
            }
            else
            {
                (_first, _last) = Chunk(t, _reverse, _places);
                int steps = _last - _first;
                _taken = 0;
                _ready = _product is null ? steps : (steps - 1) % Eight + 1; // the rest are whole eights
                int from = _reverse ? _last - _ready : _first;
                _network.InputProducts(
                    _layer, ref _cell, from, from + _ready, _places.Gates.Span[((from - _first) * _width)..], _places, _workers);
            }

            Ahead = _ready < _last - _first ? _product : null;
            if (Ahead is not null)
            {
                int row = _reverse ? _last - _ready - Eight : _first + _ready;
                ReadOnlySpan<T> x = _network.InputRows(_layer, row, Eight, _places, out int stride);
                _cell.Input.Begin(Ahead, x, stride, _places.Gates.Slice((row - _first) * _width, Eight * _width),
                    0, _cell.Input.Gates.PaddedHiddenSize);
            }
        }
    }
}
