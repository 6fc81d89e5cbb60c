// `npm test`: installs, checks generated files, types, lint and import rules, builds, and runs the unit and contract
// tests and then the e2e suite against a cluster of its own. `--checks` leaves the tests out. Ends with a line
// `N passed, N failed`; each check counts as one.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const require = createRequire(import.meta.url)
const { markInstalled, root } = require('./freshness.cjs')
const scratch = mkdtempSync(join(tmpdir(), 'wherry-test-'))
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
  const ok = run(title, command, args)
  counts[ok ? 'passed' : 'failed'] += 1
  return ok
}

/** A skipped test counts as failed: nothing is left out in silence. */
function tests(title, args) {
  const report = join(scratch, 'report.json')
  rmSync(report, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const ok = run(title, bin('vitest'), ['run', ...args, ...reporters])
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'))
    const failed = numFailedTests + numPendingTests
    counts.passed += numPassedTests
    counts.failed += ok || failed > 0 ? failed : 1
  } catch (error) {
    console.error(`no test report: ${error.message}`)
    counts.failed += 1
  }
}

if (!run('install', 'npx', ['--yes', packageManager, 'install', '--frozen-lockfile'])) {
  console.error('the dependencies could not be installed: see the lines above')
  counts.failed += 1
} else {
  markInstalled()
  check('generated files', process.execPath, ['packages/api/generator/generate.mjs', '--check'])
  check('types', bin('tsc'), ['-b'])
  check('lint', bin('biome'), ['check', '.'])
  check('import rules', bin('depcruise'), ['packages', '--config', '.dependency-cruiser.cjs'])
  if (!process.argv.includes('--checks')) {
    const built = check('build', process.execPath, ['packages/cli/bootstrap/setup.mjs'])
    tests('unit and contract tests', [])
    if (built) tests('e2e tests', ['--config', 'e2e/vitest.config.ts'])
  }
}
rmSync(scratch, { recursive: true })
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed === 0 ? 0 : 1
