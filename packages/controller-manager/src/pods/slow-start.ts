/**
 * Calls `create` `count` times in batches of 1, 2, 4, …, each batch at once, and stops after the first batch with a
 * failure: where all would fail for one reason (a quota, an unknown service account), few attempts show it. Resolves
 * with the number that succeeded and the first failure. As kube-controller-manager `slowStartBatch`.
 */
export async function slowStart(
  count: number,
  create: (index: number) => Promise<void>,
): Promise<{ succeeded: number; failure?: unknown }> {
  let succeeded = 0
  for (let size = 1, start = 0; start < count; start += size, size *= 2) {
    const batch = Array.from({ length: Math.min(size, count - start) }, (_, i) => create(start + i))
    const results = await Promise.allSettled(batch)
    const failures = results.filter((result) => result.status === 'rejected')
    succeeded += results.length - failures.length
    if (failures[0]) return { succeeded, failure: failures[0].reason }
  }
  return { succeeded }
}
