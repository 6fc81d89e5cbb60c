/** Tries again, a little later each time, until the function gives a value without throwing; then gives that. */
export async function eventually<T>(probe: () => Promise<T>, timeoutMs = 30_000): Promise<T> {
  const end = performance.now() + timeoutMs
  for (let waitMs = 20; ; waitMs = Math.min(waitMs * 1.5, 500)) {
    try {
      return await probe()
    } catch (error) {
      if (performance.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, waitMs))
    }
  }
}
