using FastCore.Autonomy.LatentMap;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Records;
using FastCore.Compute.Execution;
using FastCore.Microscopy.Control;

namespace FastCore.Autonomy.Tests.LatentMap;

/// <summary>One simulated run of random points, measured once for all tests of the class that asks for it.</summary>
public sealed class SimulatedPairs : IDisposable
{
    public SimulatedPairs()
    {
        Folder = Path.Combine(Directory.CreateTempSubdirectory("fastcore-pairs-").FullName, "run");
        ExperimentPlan plan = ExperimentPlan.Parse("""
            {"policy": "random", "budget": 180, "seed": 4, "controller": {"film": {"rows": 128, "columns": 128, "widthMetres": 2.5e-6}}}
            """);
        using ExecutionBackend backend = ExecutionBackends.Open("host");
        using ICafmController controller = InstrumentFactory.Open(plan);
        Run = AutonomousRun.Start(plan, Folder, controller, backend, null, CancellationToken.None);
        Table = PairReader.Read(Folder);
    }

    public string Folder { get; }

    public RunRecord Run { get; }

    public PairTable Table { get; }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(Folder)!, recursive: true);
}
