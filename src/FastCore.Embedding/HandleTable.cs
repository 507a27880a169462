using System.Collections.Concurrent;

namespace FastCore.Embedding;

/// <summary>
/// Gives numbers to managed objects that a native caller holds on to. Numbers are never used twice, so that a stale handle finds
/// nothing instead of somebody else's object.
/// </summary>
internal static class HandleTable
{
    private static readonly ConcurrentDictionary<long, object> Objects = new();
    private static long last;

    public static long Add(object value)
    {
        long handle = Interlocked.Increment(ref last);
        Objects[handle] = value;
        return handle;
    }

    public static T? Find<T>(long handle)
        where T : class => Objects.TryGetValue(handle, out object? value) ? value as T : null;

    public static T? Remove<T>(long handle)
        where T : class => Find<T>(handle) is { } value && Objects.TryRemove(new KeyValuePair<long, object>(handle, value)) ? value : null;
}
