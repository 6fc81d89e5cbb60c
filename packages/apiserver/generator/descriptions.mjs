// Writes what the API's types and fields are for, in upstream's words, into a file that the API server reads when it is
// asked for OpenAPI: the prose of `kubectl explain`. It comes from the doc comments of the npm package
// @kubernetes/client-node, fetched for the moment (2.6 MB) rather than installed (55 MB and its dependencies).
// Usage: node packages/apiserver/generator/descriptions.mjs OUT_FILE
import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { filesOf } from './tar.mjs'

const source = '@kubernetes/client-node@2.0.1'
const integrity = 'sha512-evJgmEtgArEYlj6DNkMGjK41IrFK/hEwb5lWVxx0VRBWybQpnvi+2TtA19mLgVfRHfqX5yjHObX6e9W7LEZBjw=='

/** Fetches the package and writes the file; throws when the registry cannot be reached or sends something else. */
export async function writeDescriptions(outFile) {
  const table = {}
  for (const [path, bytes] of filesOf(await fetchPackage())) {
    const model = /^package\/dist\/gen\/models\/(\w+)\.d\.ts$/.exec(path)?.[1]
    if (model) table[model.toLowerCase()] = readModel(bytes.toString('utf8'))
  }
  mkdirSync(dirname(outFile), { recursive: true })
  const temporary = `${outFile}.${process.pid}.tmp`
  writeFileSync(temporary, gzipSync(JSON.stringify(table), { level: 9 }))
  renameSync(temporary, outFile)
  return Object.keys(table).length
}

async function fetchPackage() {
  const scratch = mkdtempSync(join(tmpdir(), 'wherry-descriptions-'))
  try {
    const args = [
      'pack',
      '--silent',
      '--fetch-retries=0',
      '--fetch-timeout=10000',
      '--pack-destination',
      scratch,
      source,
    ]
    const { stdout } = await promisify(execFile)('npm', args, { cwd: scratch, shell: process.platform === 'win32' })
    const bytes = readFileSync(join(scratch, stdout.trim().split('\n').pop()))
    const actual = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
    if (actual !== integrity) throw new Error(`${source} is not the package that is expected: it has ${actual}`)
    return bytes
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

/** The text of the class, and those of its fields. */
function readModel(source) {
  const body = source.slice(source.indexOf('*/') + 2)
  const classText = /\/\*\*\n([\s\S]*?)\*\/\nexport declare class/.exec(body)
  const fields = {}
  const inside = body.slice(body.indexOf('export declare class'))
  for (const [, comment, name] of inside.matchAll(/\/\*\*\n((?:(?!\*\/)[\s\S])*?)\*\/\n\s*'([^']+)'\??:/g)) {
    // Words that JavaScript keeps for itself have an underscore in front.
    fields[name.replace(/^_/, '')] = words(comment)
  }
  return [classText ? words(classText[1]) : '', fields]
}

function words(comment) {
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim()
    .replaceAll("\\'", "'")
    .replaceAll('\\"', '"')
    .replaceAll('*_/', '*/')
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [outFile] = process.argv.slice(2)
  if (!outFile) {
    console.error('name the file to write')
    process.exit(2)
  }
  console.log(`${await writeDescriptions(outFile)} types described in ${outFile}`)
}
