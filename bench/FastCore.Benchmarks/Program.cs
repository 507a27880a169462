using BenchmarkDotNet.Running;
using FastCore.Benchmarks.Peers;

if (args is ["peers", ..])
    return PeerComparison.Run(args);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
