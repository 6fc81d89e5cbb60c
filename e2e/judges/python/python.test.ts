import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describeJudge, packagesOf } from '../../harness/external-judge.ts'

await describeJudge('the Python client', packagesOf('python'), async (root) => ({
  file: existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3',
  args: ['-B', join(import.meta.dirname, 'judge.py')],
  env: { PYTHONPATH: join(root, 'usr/lib/python3/dist-packages') },
}))
