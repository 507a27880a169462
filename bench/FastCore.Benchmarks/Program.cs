using BenchmarkDotNet.Running;
using FastCore.Benchmarks.Learning;
using FastCore.Benchmarks.Microscopy;
using FastCore.Benchmarks.Peers;

if (args is ["peers", ..])
    return PeerComparison.Run(args);
if (args is ["files", ..])
    return FileReading.Run(args);
if (args is ["vae", ..])
    return DualVaeScale.Run(args);
if (args is ["maps", ..])
    return LatentMapQuality.Run(args);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
