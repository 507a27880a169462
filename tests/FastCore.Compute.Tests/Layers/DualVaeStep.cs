using System.Numerics;
using FastCore.Compute.Execution;

namespace FastCore.Compute.Tests.Layers;

/// <summary>
/// One training step of the Dual-VAE of SPEC 3 (coordinates 3, content 2), written once against <see cref="IExecutor{T}"/>: the batch comes in chunks
/// whose gradients and losses add up. What this class calls is the list that the README of the library gives.
/// </summary>
internal sealed class DualVaeStep<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<string, Tensor> tensors = [];
    private readonly Dictionary<string, (int Start, Tensor Value, Tensor Gradient)> parameters = [];
    private readonly DualVaeSizes sizes;
    private readonly bool corrected;

    public DualVaeStep(DualVaeSizes sizes, bool corrected)
    {
        (this.sizes, this.corrected) = (sizes, corrected);
        (int batch, int chunk, int side, int curve, int width) = sizes;
        int pixels = side * side, h = width;
        (string Name, int Rows, int Columns)[] weights =
        [
            ("enc1_W1", pixels, h), ("enc1_b1", 1, h), ("enc1_W2", h, h), ("enc1_b2", 1, h),
            ("enc1_mu_W", h, 5), ("enc1_mu_b", 1, 5), ("enc1_ls_W", h, 5), ("enc1_ls_b", 1, 5),
            ("enc2_W1", curve, h), ("enc2_b1", 1, h), ("enc2_W2", h, h), ("enc2_b2", 1, h),
            ("enc2_mu_W", h, 2), ("enc2_mu_b", 1, 2), ("enc2_ls_W", h, 2), ("enc2_ls_b", 1, 2), ("A", 2, 2),
            ("dec1_coord_W", 2, h), ("dec1_coord_b", 1, h), ("dec1_latent_W", 2, h),
            ("dec1_W1", h, h), ("dec1_b1", 1, h), ("dec1_W2", h, h), ("dec1_b2", 1, h), ("dec1_W3", h, 1), ("dec1_b3", 1, 1),
            ("dec2_W1", 2, h), ("dec2_b1", 1, h), ("dec2_W2", h, h), ("dec2_b2", 1, h), ("dec2_W3", h, curve), ("dec2_b3", 1, curve),
        ];
        int count = weights.Sum(w => w.Rows * w.Columns);
        foreach (string name in new[] { "parameters", "gradient", "m", "v" })
            Add(name, 1, count);
        int start = 0;
        foreach ((string name, int rows, int columns) in weights)
        {
            parameters[name] = (start, this["parameters"].Block(0, start, 1, rows * columns).Reshape(rows, columns),
                this["gradient"].Block(0, start, 1, rows * columns).Reshape(rows, columns));
            start += rows * columns;
        }
        Add("x1", batch, pixels);
        Add("x2", batch, curve);
        Add("noise1", batch, 5);
        Add("noise2", batch, 2);
        Add("grid", pixels, 2);
        Add("prior1", 1, 5);
        Add("prior2", 1, 2);
        Add("loss", 1, 1);
        foreach (string name in new[] { "e1", "e2", "f1", "f2", "d1", "d2", "zw" })
            Add(name, chunk, h, gradient: true);
        foreach ((string name, int d) in new[] { ("mu1", 5), ("ls1", 5), ("z1", 5), ("raw2", 2), ("mu2", 2), ("ls2", 2), ("z2", 2) })
            Add(name, chunk, d, gradient: true);
        Add("kl1", chunk, 5);
        Add("kl2", chunk, 2);
        Add("row", chunk, 1);
        Add("logits2", chunk, curve);
        Add("points", chunk * pixels, 2, gradient: true);
        foreach (string name in new[] { "p0", "p1", "p2" })
            Add(name, chunk * pixels, h, gradient: true);
        Add("logits1", chunk * pixels, 1);
    }

    public ArenaLayout Layout { get; } = new();

    public int ParameterCount => this["parameters"].Columns;

    public Tensor this[string name] => tensors[name];

    public (int Start, Tensor Value, Tensor Gradient) Parameter(string name) => parameters[name];

    public IEnumerable<string> ParameterNames => parameters.Keys;

    /// <summary>Uploads what stays the same over the steps.</summary>
    public void Prepare(IExecutor<T> e, ReadOnlySpan<T> images, ReadOnlySpan<T> curves)
    {
        e.Upload(images, this["x1"]);
        e.Upload(curves, this["x2"]);
        var grid = new T[2 * sizes.Side * sizes.Side];
        for (int i = 0; i < sizes.Side; i++)
        {
            for (int j = 0; j < sizes.Side; j++)
            {
                int n = (i * sizes.Side) + j;
                grid[2 * n] = T.CreateChecked(-1 + (2.0 * i / (sizes.Side - 1)));
                grid[(2 * n) + 1] = T.CreateChecked(1 - (2.0 * j / (sizes.Side - 1)));
            }
        }
        e.Upload(grid, this["grid"]);
        e.Upload([T.CreateChecked(corrected ? Math.Log(Math.PI / 2) : Math.PI / 2), T.Zero, T.Zero, T.Zero, T.Zero], this["prior1"]);
        e.Fill(this["prior2"], T.Zero);
    }

    /// <summary>Loss and gradient of the whole batch, chunk by chunk; nothing waits for the device.</summary>
    public void LossAndGradient(IExecutor<T> e)
    {
        e.Fill(this["gradient"], T.Zero);
        e.Fill(this["loss"], T.Zero);
        for (int from = 0; from < sizes.Batch; from += sizes.Chunk)
            Chunk(e, from, Math.Min(sizes.Chunk, sizes.Batch - from));
    }

    public void Update(IExecutor<T> e, int step, double rate) =>
        e.AdamStep(this["gradient"], this["m"], this["v"], this["parameters"], new AdamSettings(step, rate));

    private void Chunk(IExecutor<T> e, int from, int b)
    {
        int pixels = sizes.Side * sizes.Side;
        T weight = T.One / T.CreateChecked(sizes.Batch), pull = T.CreateChecked(10.0 / (2 * sizes.Batch));
        Tensor Part(string name) => this[name].TopRows(b);
        Tensor Pixels(string name) => this[name].TopRows(b * pixels);
        Tensor Input(string name) => this[name].Block(from, 0, b, this[name].Columns);
        Tensor P(string name) => parameters[name].Value;
        Tensor G(string name) => parameters[name].Gradient;
        void Layer(string input, string w, string bias, Activation activation, string output) =>
            e.Dense(Part(input), P(w), P(bias), activation, Part(output));
        void Back(Tensor input, string w, string bias, Tensor output, Activation activation, Tensor gradientOutput, Tensor? gradientInput) =>
            e.DenseGradient(input, P(w), output, activation, gradientOutput, gradientInput, G(w), G(bias), accumulate: true);

        // Encoders and samples.
        e.Dense(Input("x1"), P("enc1_W1"), P("enc1_b1"), Activation.Tanh, Part("e1"));
        Layer("e1", "enc1_W2", "enc1_b2", Activation.Tanh, "e2");
        Layer("e2", "enc1_mu_W", "enc1_mu_b", Activation.Identity, "mu1");
        Layer("e2", "enc1_ls_W", "enc1_ls_b", Activation.Identity, "ls1");
        e.Reparameterize(Part("mu1"), Part("ls1"), Input("noise1"), Part("z1"));
        e.Dense(Input("x2"), P("enc2_W1"), P("enc2_b1"), Activation.Tanh, Part("f1"));
        Layer("f1", "enc2_W2", "enc2_b2", Activation.Tanh, "f2");
        Layer("f2", "enc2_mu_W", "enc2_mu_b", Activation.Identity, "raw2");
        Layer("f2", "enc2_ls_W", "enc2_ls_b", Activation.Identity, "ls2");
        e.MatrixMultiply(Part("raw2"), P("A"), Part("mu2"), false, false, T.One, T.Zero);
        e.Reparameterize(Part("mu2"), Part("ls2"), Input("noise2"), Part("z2"));

        // Decoders. The published code turns by the x shift and moves both axes by the y shift.
        (int angle, int shift, int shifts) = corrected ? (0, 1, 2) : (1, 2, 1);
        Tensor turn = Part("z1").Block(0, angle, b, 1), move = Part("z1").Block(0, shift, b, shifts), content = Part("z1").Block(0, 3, b, 2);
        T half = T.CreateChecked(0.5);
        e.TransformGrid(this["grid"], turn, move, half, Pixels("points"));
        e.MatrixMultiply(content, P("dec1_latent_W"), Part("zw"), false, false, T.One, T.Zero);
        e.SpatialDense(Pixels("points"), P("dec1_coord_W"), P("dec1_coord_b"), Part("zw"), Activation.Tanh, Pixels("p0"));
        e.Dense(Pixels("p0"), P("dec1_W1"), P("dec1_b1"), Activation.Tanh, Pixels("p1"));
        e.Dense(Pixels("p1"), P("dec1_W2"), P("dec1_b2"), Activation.Tanh, Pixels("p2"));
        e.Dense(Pixels("p2"), P("dec1_W3"), P("dec1_b3"), Activation.Identity, Pixels("logits1"));
        Layer("z2", "dec2_W1", "dec2_b1", Activation.Tanh, "d1");
        Layer("d1", "dec2_W2", "dec2_b2", Activation.Tanh, "d2");
        Layer("d2", "dec2_W3", "dec2_b3", Activation.Identity, "logits2");

        // Loss.
        Tensor image = Pixels("logits1").Reshape(b, pixels), curve = Part("logits2"), row = Part("row");
        e.SigmoidCrossEntropy(image, Input("x1"), row);
        e.Sum(row, weight, T.One, this["loss"]);
        e.SigmoidCrossEntropy(curve, Input("x2"), row);
        e.Sum(row, weight, T.One, this["loss"]);
        e.SampledKlDivergence(Part("ls1"), Input("noise1"), Part("z1"), this["prior1"], Part("kl1"));
        e.Sum(Part("kl1"), weight, T.One, this["loss"]);
        e.SampledKlDivergence(Part("ls2"), Input("noise2"), Part("z2"), this["prior2"], Part("kl2"));
        e.Sum(Part("kl2"), weight, T.One, this["loss"]);
        e.L1Alignment(content, Part("z2"), row);
        e.Sum(row, pull, T.One, this["loss"]);

        // Gradients of the codes: alignment and divergence first, the decoders add theirs.
        foreach (string name in new[] { "gz1", "gz2", "gmu1", "gls1", "gmu2", "gls2" })
            e.Fill(Part(name), T.Zero);
        Tensor gradientContent = Part("gz1").Block(0, 3, b, 2);
        e.L1AlignmentGradient(content, Part("z2"), pull, gradientContent, Part("gz2"));
        e.SampledKlDivergenceGradient(Part("z1"), this["prior1"], weight, Part("gz1"), Part("gls1"));
        e.SampledKlDivergenceGradient(Part("z2"), this["prior2"], weight, Part("gz2"), Part("gls2"));

        // Image decoder.
        e.SigmoidCrossEntropyGradient(image, Input("x1"), weight, image);
        Back(Pixels("p2"), "dec1_W3", "dec1_b3", Pixels("logits1"), Activation.Identity, Pixels("logits1"), Pixels("gp2"));
        Back(Pixels("p1"), "dec1_W2", "dec1_b2", Pixels("p2"), Activation.Tanh, Pixels("gp2"), Pixels("gp1"));
        Back(Pixels("p0"), "dec1_W1", "dec1_b1", Pixels("p1"), Activation.Tanh, Pixels("gp1"), Pixels("gp0"));
        e.SpatialDenseGradient(Pixels("points"), P("dec1_coord_W"), Pixels("p0"), Activation.Tanh, Pixels("gp0"), Pixels("gpoints"),
            G("dec1_coord_W"), G("dec1_coord_b"), Part("gzw"), accumulate: true);
        e.MatrixMultiply(content, Part("gzw"), G("dec1_latent_W"), true, false, T.One, T.One);
        e.MatrixMultiply(Part("gzw"), P("dec1_latent_W"), gradientContent, false, true, T.One, T.One);
        e.TransformGridGradient(this["grid"], turn, half, Pixels("gpoints"),
            Part("gz1").Block(0, angle, b, 1), Part("gz1").Block(0, shift, b, shifts));

        // Curve decoder: its first layer's gradient joins what gz2 holds.
        e.SigmoidCrossEntropyGradient(curve, Input("x2"), weight, curve);
        Back(Part("d2"), "dec2_W3", "dec2_b3", curve, Activation.Identity, curve, Part("gd2"));
        Back(Part("d1"), "dec2_W2", "dec2_b2", Part("d2"), Activation.Tanh, Part("gd2"), Part("gd1"));
        Back(Part("z2"), "dec2_W1", "dec2_b1", Part("d1"), Activation.Tanh, Part("gd1"), Part("graw2"));
        e.AddScaled(T.One, Part("graw2"), Part("gz2"));

        // Encoders.
        e.ReparameterizeGradient(Part("ls1"), Input("noise1"), Part("gz1"), Part("gmu1"), Part("gls1"));
        Back(Part("e2"), "enc1_mu_W", "enc1_mu_b", Part("mu1"), Activation.Identity, Part("gmu1"), Part("ge2"));
        Back(Part("e2"), "enc1_ls_W", "enc1_ls_b", Part("ls1"), Activation.Identity, Part("gls1"), Part("ge1"));
        e.AddScaled(T.One, Part("ge1"), Part("ge2"));
        Back(Part("e1"), "enc1_W2", "enc1_b2", Part("e2"), Activation.Tanh, Part("ge2"), Part("ge1"));
        Back(Input("x1"), "enc1_W1", "enc1_b1", Part("e1"), Activation.Tanh, Part("ge1"), null);
        e.ReparameterizeGradient(Part("ls2"), Input("noise2"), Part("gz2"), Part("gmu2"), Part("gls2"));
        e.MatrixMultiply(Part("raw2"), Part("gmu2"), G("A"), true, false, T.One, T.One);
        e.MatrixMultiply(Part("gmu2"), P("A"), Part("graw2"), false, true, T.One, T.Zero);
        Back(Part("f2"), "enc2_mu_W", "enc2_mu_b", Part("raw2"), Activation.Identity, Part("graw2"), Part("gf2"));
        Back(Part("f2"), "enc2_ls_W", "enc2_ls_b", Part("ls2"), Activation.Identity, Part("gls2"), Part("gf1"));
        e.AddScaled(T.One, Part("gf1"), Part("gf2"));
        Back(Part("f1"), "enc2_W2", "enc2_b2", Part("f2"), Activation.Tanh, Part("gf2"), Part("gf1"));
        Back(Input("x2"), "enc2_W1", "enc2_b1", Part("f1"), Activation.Tanh, Part("gf1"), null);
    }

    private void Add(string name, int rows, int columns, bool gradient = false)
    {
        tensors[name] = Layout.Allocate(name, rows, columns);
        if (gradient)
            tensors["g" + name] = Layout.Allocate("g" + name, rows, columns);
    }
}

/// <summary>Sizes of a step: batch, rows of a chunk, pixels along a side, points of a curve, width of the layers.</summary>
internal sealed record DualVaeSizes(int Batch, int Chunk, int Side, int Curve, int Width);
