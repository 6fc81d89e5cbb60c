// Generates packages/api/src/generated from facts of the Kubernetes API: OpenAPI definitions, operations and protobuf
// field numbers. Usage: node packages/api/generator/generate.mjs [REFERENCE_DIR] [--check]
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fieldTable, fieldTableModule } from './field-table.mjs'
import { resourceTable } from './resource-table.mjs'
import { typeDeclarations } from './type-declarations.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const args = process.argv.slice(2)
const check = args.includes('--check')
const reference = args.find((a) => !a.startsWith('--')) ?? join(here, '../../../../shared/reference/kubernetes-1.36')
const read = (name) => readFileSync(join(reference, name), 'utf8')

if (!existsSync(reference)) {
  if (check) {
    console.log(`no reference at ${reference}: the committed tables are taken as they are`)
    process.exit(0)
  }
  console.error(`no reference folder at ${reference}: name one as the first argument`)
  process.exit(1)
}

const definitions = JSON.parse(read('openapi-definitions.json'))
const messages = JSON.parse(read('protobuf-fields.json'))
const goFacts = JSON.parse(readFileSync(join(here, 'generated/go-facts.json'), 'utf8'))
const resources = resourceTable(read('operations.tsv'), definitions)
const files = {
  'field-table.ts': fieldTableModule(fieldTable(definitions, messages, goFacts)),
  'resources.json': `${JSON.stringify(resources, null, 1)}\n`,
  ...typeDeclarations(definitions, resources),
}
const out = join(here, '../src/generated')
mkdirSync(out, { recursive: true })
const obsolete = existsSync(out) ? readdirSync(out).filter((name) => !Object.hasOwn(files, name)) : []
const stale = Object.entries(files).filter(([name, text]) => {
  const path = join(out, name)
  return !existsSync(path) || readFileSync(path, 'utf8') !== text
})
if (check) {
  if (stale.length + obsolete.length > 0) {
    const names = [...stale.map(([name]) => name), ...obsolete]
    console.error(`generated files are stale: ${names.join(', ')}; run pnpm generate`)
    process.exit(1)
  }
  console.log('generated files match the reference')
} else {
  for (const [name, text] of stale) writeFileSync(join(out, name), text)
  for (const name of obsolete) rmSync(join(out, name))
  console.log(`${stale.length} of ${Object.keys(files).length} generated files changed`)
}
