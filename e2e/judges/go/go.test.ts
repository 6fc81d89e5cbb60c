import { join } from 'node:path'
import { describeJudge, packagesOf } from '../../harness/external-judge.ts'
import { run } from '../../harness/run.ts'

await describeJudge('upstream’s Go packages', packagesOf('go'), async () => {
  const built = await run(process.execPath, [join(import.meta.dirname, 'build.mjs')], { timeoutMs: 900_000 })
  if (built.code !== 0) throw new Error(`the Go judge cannot be built:\n${built.stderr}`)
  return { file: built.stdout.trim(), args: [], env: {} }
})
