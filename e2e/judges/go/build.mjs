// Builds the Go judge with the compiler and the packages that debian/install.mjs has unpacked: `node
// e2e/judges/go/build.mjs`. The first build compiles all of client-go, which takes minutes; what it compiled is kept
// below the user's cache directory. Prints the program's path.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'wherry/judges')
const packages = join(cache, 'go')
if (!existsSync(join(packages, 'installed.txt'))) {
  console.error('go: not built, since its packages are not there')
  process.exit(0)
}
const root = join(packages, 'usr/lib/go-1.26')
const program = join(cache, 'go-judge')
const env = {
  PATH: process.env.PATH,
  HOME: homedir(),
  GOROOT: root,
  // Debian's packages are laid out for builds without modules. The first entry is where nothing is.
  GOPATH: `${join(cache, 'go-path')}:${join(packages, 'usr/share/gocode')}`,
  GO111MODULE: 'off',
  GOTOOLCHAIN: 'local',
  GOCACHE: join(cache, 'go-build'),
  CGO_ENABLED: '0',
}
const args = ['build', '-gcflags=all=-dwarf=false', '-ldflags=-s -w', '-o', program, '.']
const { status } = spawnSync(join(root, 'bin/go'), args, {
  cwd: join(import.meta.dirname, 'judge'),
  env,
  stdio: ['ignore', 2, 2],
})
console.log(program)
process.exitCode = status ?? 1
