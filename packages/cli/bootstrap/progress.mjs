// Shows one step of long work: a line that is rewritten in a terminal, one line at its end elsewhere.

/** Runs the work; on a failure prints it and ends the process. */
export async function step(title, work) {
  const terminal = process.stderr.isTTY
  if (terminal) process.stderr.write(`  … ${title}`)
  const start = performance.now()
  try {
    await work()
  } catch (error) {
    process.stderr.write(`${terminal ? '\r' : ''}  ✗ ${title}\n${error.message}\n`)
    process.exit(1)
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  process.stderr.write(`${terminal ? '\r' : ''}  ✓ ${title} (${seconds} s)\n`)
}
