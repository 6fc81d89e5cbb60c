// Brings the Debian packages that some judges are made of: `node e2e/judges/debian/install.mjs`. They are unpacked below
// the user's cache directory, from the mirror that apt is set up for but from unstable, which has the releases of the
// API under test: nothing of the machine itself changes, and no root is needed. What is there already stays.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'wherry/judges')

/** `closure` takes along what the packages depend on, as far as its name matches. */
const judges = {
  python: {
    packages: [
      'python3-kubernetes',
      ...['certifi', 'dateutil', 'durationpy', 'google-auth', 'requests', 'requests-oauthlib', 'six', 'urllib3'],
      ...[
        'websocket',
        'yaml',
        'oauthlib',
        'idna',
        'charset-normalizer',
        'cachetools',
        'rsa',
        'pyasn1',
        'pyasn1-modules',
      ],
    ].map((name) => (name.startsWith('python3-') ? name : `python3-${name}`)),
  },
  // The compiler that is named, and not the others that would do as well.
  go: { packages: ['golang-k8s-client-go-dev', 'golang-1.26-go'], closure: /^golang-(1\.26-|(?!go$|any$|src$|\d))/ },
}

class Unavailable extends Error {}

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options })
  if (status === 0) return stdout
  const why = error?.message ?? stderr.trim().split('\n').slice(-3).join(' ')
  throw new Unavailable(`${command} ${args.slice(0, 2).join(' ')}: ${why}`)
}

/** An apt that knows unstable alone and no installed packages, in a folder of its own. */
function privateApt(folder) {
  const mirror = /^'(\S+\/debian)\/dists\//m.exec(run('apt-get', ['update', '--print-uris']))?.[1]
  if (!mirror) throw new Unavailable('apt is not set up for a mirror of Debian')
  for (const name of ['lists/partial', 'archives/partial']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'status'), '')
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg'
  const option = existsSync(keys) ? `[signed-by=${keys}] ` : ''
  writeFileSync(join(folder, 'sources.list'), `deb ${option}${mirror} unstable main\n`)
  const settings = {
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': folder,
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    'APT::Sandbox::User': '',
  }
  const config = join(folder, 'apt.conf')
  writeFileSync(
    config,
    Object.entries(settings)
      .map(([key, value]) => `${key} "${value}";\n`)
      .join(''),
  )
  const env = { ...process.env, APT_CONFIG: config, LC_ALL: 'C' }
  run('apt-get', ['update'], { env })
  return {
    closure: (names) =>
      run('apt-get', ['install', '-s', '--no-install-recommends', ...names], { env })
        .split('\n')
        .flatMap((line) => /^Inst (\S+)/.exec(line)?.[1] ?? []),
    download: (names, cwd) => run('apt-get', ['download', ...names], { env, cwd }),
  }
}

/** Tests and documentation of the packages would be two thirds of the files. */
const left = ['*_test.go', '*/testdata', './usr/share/doc', './usr/share/man', './usr/share/go-*/test']

function unpack(debs, target) {
  for (const file of readdirSync(debs).filter((name) => name.endsWith('.deb'))) {
    const script = `dpkg-deb --fsys-tarfile "$1" | tar x -C "$2" ${left.map((glob) => `--exclude='${glob}'`).join(' ')}`
    run('bash', ['-o', 'pipefail', '-c', script, 'unpack', join(debs, file), target])
  }
}

function install(apt, judge, scratch) {
  const { packages, closure } = judges[judge]
  const names = closure ? apt.closure(packages).filter((name) => closure.test(name)) : packages
  const debs = join(scratch, `${judge}-debs`)
  const root = join(scratch, judge)
  mkdirSync(debs)
  mkdirSync(root)
  apt.download(names, debs)
  unpack(debs, root)
  const versions = readdirSync(debs).map((name) => name.split('_').slice(0, 2).join(' ').replace('%3a', ':'))
  writeFileSync(join(root, 'installed.txt'), `${versions.sort().join('\n')}\n`)
  rmSync(debs, { recursive: true })
  rmSync(join(cache, judge), { recursive: true, force: true })
  renameSync(root, join(cache, judge))
  console.log(`${judge}: ${names.length} packages unpacked to ${join(cache, judge)}`)
}

function main() {
  mkdirSync(cache, { recursive: true })
  const missing = Object.keys(judges).filter((judge) => !existsSync(join(cache, judge, 'installed.txt')))
  const scratch = missing.length === 0 ? undefined : mkdtempSync(join(cache, 'installing-'))
  try {
    const apt = scratch && privateApt(mkdtempSync(join(scratch, 'apt-')))
    for (const judge of missing) {
      install(apt, judge, scratch)
      rmSync(join(cache, `${judge}.unavailable`), { force: true })
    }
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    for (const judge of missing) {
      if (existsSync(join(cache, judge, 'installed.txt'))) continue
      writeFileSync(join(cache, `${judge}.unavailable`), `${error.message}\n`)
      console.log(`${judge}: cannot be had: ${error.message}`)
    }
  } finally {
    if (scratch) rmSync(scratch, { recursive: true, force: true })
  }
}

main()
