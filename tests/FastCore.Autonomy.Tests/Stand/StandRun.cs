using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Autonomy.Training;
using FastCore.Compute.Execution;

namespace FastCore.Autonomy.Tests.Stand;

/// <summary>A folder that goes when the test ends, and short ways to run in it.</summary>
internal sealed class StandRun : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("fastcore-run-").FullName;

    public StandRun() => Folder = Path.Combine(root, "run");

    public static ExecutionBackend Backend { get; } = new NoBackend();

    public string Folder { get; }

    public string JournalPath => Path.Combine(Folder, RunFolder.JournalFile);

    /// <summary>A short run in which stand-in surrogates learn targets: kappa and descriptors as for all surrogates of that kind.</summary>
    public static ExperimentPlan Plan(int budget = 14, string policy = "dual-novelty") => ExperimentPlan.ForPolicy(policy) with
    {
        Seeding = SeedingMethod.Random,
        Descriptors = DescriptorSet.Surroundings,
        Acquisition = ExperimentPlan.ForPolicy(policy).Acquisition with { Kappa = policy == "dual-novelty-published" ? 2 : 1 },
        Budget = budget,
        SeedPoints = Math.Min(5, budget),
        PatchSize = 8,
        Surrogate = new SurrogatePlan
        {
            EveryStepUntil = 9,
            Interval = 2,
            SurpriseDeviations = 0
        },
        Sweep = new SweepPlan { Samples = 51 },
    };

    public string Other(string name) => Path.Combine(root, name);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public RunRecord Start(ExperimentPlan plan, StandController controller, SurrogateTrainingFactory? trainers = null,
        IRunObserver? observer = null) =>
        Begin(plan, Folder, controller, trainers, observer, Token);

    public RunRecord StartOn(ExecutionBackend backend, string name, ExperimentPlan plan, StandController controller, SurrogateTrainingFactory trainers) =>
        AutonomousRun.Start(plan, Other(name), controller, backend, trainers, null, Token);

    public RunRecord StartIn(string name, ExperimentPlan plan, StandController controller) => Begin(plan, Other(name), controller, null, null, Token);

    public RunRecord StartCancelled(ExperimentPlan plan, StandController controller, CancellationToken cancellationToken) =>
        Begin(plan, Folder, controller, null, null, cancellationToken);

    public RunRecord Resume(StandController controller, string? folder = null) =>
        AutonomousRun.Resume(folder ?? Folder, controller, Backend, StandTraining.Factory, null, Token);

    public ReplayResult Replay(string? folder = null) => Autonomy.Replay.Run(folder ?? Folder, Backend, StandTraining.Factory, null, Token);

    private static RunRecord Begin(ExperimentPlan plan, string folder, StandController controller, SurrogateTrainingFactory? trainers,
        IRunObserver? observer,
        CancellationToken cancellationToken) =>
        AutonomousRun.Start(plan, folder, controller, Backend, trainers ?? StandTraining.Factory, observer, cancellationToken);

    public void Dispose() => Directory.Delete(root, recursive: true);

    /// <summary>Executors are never made.</summary>
    internal sealed class NoBackend : ExecutionBackend
    {
        public override string Name => "none";

        public override string Description => "no executor";

        public override IExecutor<float> CreateSingle(ArenaLayout layout) => throw new NotSupportedException();

        public override IExecutor<double> CreateDouble(ArenaLayout layout) => throw new NotSupportedException();
    }
}
