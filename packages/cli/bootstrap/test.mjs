// `npm test`: installs, then checks generated files, types, lint and import rules, and runs the tests.
// `--checks` leaves the tests out. Ends with a line `N passed, N failed`; each check counts as one.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'wherry-test-'))
const report = join(scratch, 'report.json')
const bin = (name) => join(root, 'node_modules/.bin', name)
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const counts = { passed: 0, failed: 0 }

function run(title, command, args) {
  console.log(`==> ${title}`)
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (error) console.error(`${command}: ${error.message}`)
  return status === 0
}

function check(title, command, args) {
  counts[run(title, command, args) ? 'passed' : 'failed'] += 1
}

function tests() {
  const ok = run('tests', bin('vitest'), [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ])
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'))
    counts.passed += numPassedTests
    counts.failed += numFailedTests + numPendingTests
    if (!ok && numFailedTests === 0) counts.failed += 1
  } catch (error) {
    console.error(`no test report: ${error.message}`)
    counts.failed += 1
  }
}

if (!run('install', 'npx', ['--yes', packageManager, 'install', '--frozen-lockfile'])) {
  console.error('the dependencies could not be installed: see the lines above')
  counts.failed += 1
} else {
  check('generated files', process.execPath, ['packages/api/generator/generate.mjs', '--check'])
  check('types', bin('tsc'), ['-b'])
  check('lint', bin('biome'), ['check', '.'])
  check('import rules', bin('depcruise'), ['packages', '--config', '.dependency-cruiser.cjs'])
  if (!process.argv.includes('--checks')) tests()
}
rmSync(scratch, { recursive: true })
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed === 0 ? 0 : 1
