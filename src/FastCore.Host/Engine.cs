using System.Text.Json;
using System.Text.Json.Nodes;
using FastCore.Autonomy;
using FastCore.Autonomy.Plan;
using FastCore.Autonomy.Policies;
using FastCore.Autonomy.Records;
using FastCore.Compute.Execution;
using FastCore.Microscopy.Control;

namespace FastCore.Host;

/// <summary>
/// The only place that speaks to Autonomy: turns options into a plan and opens what it needs, in the order in which mistakes are cheapest to find.
/// </summary>
internal sealed class Engine : IDisposable
{
    private readonly ExperimentPlan plan;
    private readonly ExecutionBackend backend;
    private readonly ICafmController controller;

    private Engine(ExperimentPlan plan, ExecutionBackend backend, ICafmController controller) =>
        (this.plan, this.backend, this.controller) = (plan, backend, controller);

    /// <summary>Names of the policies, the default first.</summary>
    public static IReadOnlyList<string> PolicyNames => PolicyRegistry.Names;

    /// <summary>The largest budget that a plan may have.</summary>
    public const int LargestBudget = ExperimentPlan.LargestBudget;

    public string Policy => plan.Policy;

    public string Instrument => controller.Identity;

    public int Budget => plan.Budget;

    /// <summary>Seconds from the start of the process to the first command of a run; null before it.</summary>
    public double? SecondsToFirstCommand { get; private set; }

    /// <summary>Name of the folder below runs/ that a run gets by default.</summary>
    public string DefaultName => $"{plan.Policy}-seed{plan.Seed}";

    /// <summary>Checks everything that can be checked before anything is written.</summary>
    public static Engine Prepare(RunRequest request, Terminal terminal)
    {
        ExperimentPlan plan = MakePlan(request);
        return Open(plan, request.Executor, terminal);
    }

    /// <summary>The plan that a request comes to.</summary>
    public static ExperimentPlan PlanOf(RunRequest request) => MakePlan(request);

    /// <summary>Opens the instrument and the executor for a run that has begun already.</summary>
    public static Engine PrepareResume(string folder, string? executor, Terminal terminal)
    {
        string file = Path.Combine(folder, RunFolder.PlanFile);
        if (!File.Exists(file))
            throw new BadInputException($"The folder '{folder}' holds no {RunFolder.PlanFile}: without its plan a run cannot go on.");
        return Open(ReadPlan(file), executor, terminal);
    }

    /// <summary>Computes every decision again.</summary>
    public static ReplayResult Replay(string folder, string? executor, Terminal terminal, CancellationToken token)
    {
        using ExecutionBackend backend = OpenBackend(executor, terminal);
        return AutonomousRun.Replay(folder, backend, null, token);
    }

    /// <summary>Runs every policy on every seed.</summary>
    public static ComparisonRecord Compare(RunRequest request, IReadOnlyList<string> policies, IReadOnlyList<long> seeds, string folder,
        Action<ComparisonEntry> ended, Terminal terminal, CancellationToken token)
    {
        ExperimentPlan plan = MakePlan(request);
        using ExecutionBackend backend = OpenBackend(request.Executor, terminal);
        // A controller that cannot be opened is found out before the folder exists.
        InstrumentFactory.Open(plan with { Seed = seeds[0] }).Dispose();
        return Comparison.Run(plan, policies, seeds, folder, InstrumentFactory.Open, backend, ended, token);
    }

    /// <summary>Starts or resumes the run and returns when it is over.</summary>
    public RunRecord Execute(string folder, bool resume, Action<ProgressState> progress, CancellationToken token)
    {
        IReadOnlyList<string> classes = controller is IKnowsGroundTruth known ? known.Truth.ClassNames : [];
        var observer = new Observer(plan.Budget, classes, progress, () => SecondsToFirstCommand ??= SecondsOfProcess());
        bool isNew = !Directory.Exists(folder);
        try
        {
            return resume
                ? AutonomousRun.Resume(folder, controller, backend, observer, token)
                : AutonomousRun.Start(plan, folder, controller, backend, observer, token);
        }
        catch (PlanException) when (!resume && isNew && Directory.Exists(folder) && observer.Measured == 0)
        {
            // The sample showed that the plan is impossible before anything was measured: no half-written folder stays.
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    public void Dispose()
    {
        controller.Dispose();
        backend.Dispose();
    }

    private static double SecondsOfProcess()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return (DateTime.Now - process.StartTime).TotalSeconds;
    }

    private static Engine Open(ExperimentPlan plan, string? executor, Terminal terminal)
    {
        ExecutionBackend backend = OpenBackend(executor, terminal);
        try
        {
            return new Engine(plan, backend, InstrumentFactory.Open(plan));
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    /// <summary>Opens what computes; the terminal is told if a device gives way to the host.</summary>
    internal static ExecutionBackend OpenBackend(string? executor, Terminal terminal)
    {
        string name = executor ?? "host";
        if (!ExecutionBackends.Names.Contains(name))
            throw new BadInputException($"--executor: there is no executor '{name}'; choose from {string.Join(", ", ExecutionBackends.Names)}.");
        ExecutionBackend backend = ExecutionBackends.Open(name);
        if (backend is FallbackBackend device)
            device.Lost += sentence => terminal.Notify(sentence);
        return backend;
    }

    // Options are written into the JSON before it is read, so that keys which the plan leaves out still follow the policy in force.
    private static ExperimentPlan MakePlan(RunRequest request)
    {
        if (request.Policy is { } policy && !PolicyNames.Contains(policy))
            throw new BadInputException($"--policy: there is no policy '{policy}'; choose from {string.Join(", ", PolicyNames)}.");
        string text = "{}";
        if (request.PlanFile is { } file)
        {
            _ = ReadPlan(file);
            text = File.ReadAllText(file);
        }
        JsonObject json = JsonNode.Parse(text)!.AsObject();
        if (request.Seed is { } seed)
            json["seed"] = seed;
        if (request.Policy is not null)
            json["policy"] = request.Policy;
        if (request.Budget is { } budget)
            json["budget"] = budget;
        if (request.Controller is { } controller)
            SetController(json, controller);
        if (request.Overview is { } overview)
            Section(json, "overview")["file"] = Path.GetFullPath(overview);
        if (request.Maps.Count > 0)
        {
            Section(json, "overview")["maps"] = new JsonArray([.. request.Maps.Select(file =>
                (JsonNode)new JsonObject { ["file"] = Path.GetFullPath(file) })]);
        }
        if (request.RealTime)
            Section(json, "controller")["realtime"] = true;
        return ExperimentPlan.Parse(json.ToJsonString());
    }

    private static void SetController(JsonObject json, string asked)
    {
        JsonObject controller = Section(json, "controller");
        string[] parts = asked.Split(':', 2);
        controller.Remove("address");
        if (asked is "simulate" or "virtual" or "usb")
        {
            controller["kind"] = asked;
            controller.Remove("file");
        }
        else if (parts is ["usb" or "usbip", { Length: > 0 }])
        {
            controller["kind"] = parts[0];
            controller["address"] = parts[1];
            controller.Remove("file");
        }
        else if (asked.StartsWith("grid:", StringComparison.Ordinal) && asked.Length > 5)
        {
            controller["kind"] = "grid";
            controller["file"] = Path.GetFullPath(asked[5..]);
        }
        else
        {
            throw new BadInputException($"--controller '{asked}' is unknown; 'simulate', 'virtual', 'grid:FILE', 'usb[:SERIAL]' or 'usbip:ADDRESS' is "
                + "allowed, for example grid:film.3ds.");
        }
    }

    private static JsonObject Section(JsonObject json, string name)
    {
        if (json[name] is JsonObject there)
            return there;
        var made = new JsonObject();
        json[name] = made;
        return made;
    }

    private static ExperimentPlan ReadPlan(string file)
    {
        if (Directory.Exists(file))
            throw new BadInputException($"'{file}' is a folder; name a plan file, for example {Path.Combine(file, RunFolder.PlanFile)}.");
        if (!File.Exists(file))
            throw new BadInputException($"There is no plan file '{file}'.");
        try
        {
            return ExperimentPlan.Load(file);
        }
        catch (PlanException exception)
        {
            throw new BadInputException($"{file}: {exception.Message}", exception);
        }
        catch (JsonException exception)
        {
            throw new BadInputException($"{file} is not valid JSON: {exception.Message}", exception);
        }
    }

    private sealed class Observer(int budget, IReadOnlyList<string> classNames, Action<ProgressState> progress, Action begins) : IRunObserver
    {
        private readonly List<string> seen = [];
        private int rejected;
        private string model = "";

        public int Measured { get; private set; }

        public void StepCompleted(StepRecord step)
        {
            Measured = step.Step + 1;
            if (!step.Accepted)
                rejected++;
            if (step.TrueClass >= 0 && step.TrueClass < classNames.Count && !seen.Contains(classNames[step.TrueClass]))
                seen.Add(classNames[step.TrueClass]);
            progress(new ProgressState(Measured, budget, rejected, seen, model));
        }

        public void ModelTrained(ModelRecord trained) => model = trained.Member;

        // Said right before the first command is sent.
        public void StatusChanged(RunPhase phase, string text)
        {
            if (phase == RunPhase.Preparing)
                begins();
        }
    }
}
