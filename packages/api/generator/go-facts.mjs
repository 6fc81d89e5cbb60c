// Reads from Kubernetes' Go types what OpenAPI does not tell: which scalars are pointers, so that a zero differs from
// an absent value, which are written even when they are zero, and what named types of strings are called in messages;
// and which structs, lists and maps are there even when there is nothing in them.
// Usage: node packages/api/generator/go-facts.mjs CHECKOUT... (of k8s.io/api, apimachinery, apiextensions-apiserver,
// kube-aggregator); writes generated/go-facts.json, which the generator reads.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const scalars = new Set(['string', 'bool', 'int', 'int32', 'int64', 'float64', 'intstr.IntOrString'])

/** Struct types by their name in the tables: fields and embedded types, as they are written. */
const structs = new Map()
/** Named scalars, such as `api.core.v1.RestartPolicy`, with the scalar that they are. */
const named = new Map()
/** Named lists and maps, such as `api.core.v1.ResourceList`. */
const collections = new Set()

for (const checkout of process.argv.slice(2)) {
  const module = /module k8s\.io\/(\S+)/.exec(readFileSync(join(checkout, 'go.mod'), 'utf8'))?.[1]
  if (!module) throw new Error(`${checkout} is no checkout of a k8s.io module`)
  for (const file of goFiles(checkout)) readFile(file, module, checkout)
}

function goFiles(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return name === 'testdata' || name.startsWith('.') ? [] : goFiles(path)
    return name.endsWith('.go') && !/_test\.go$|^zz_generated|\.pb\.go$/.test(name) ? [path] : []
  })
}

function readFile(file, module, checkout) {
  const text = readFileSync(file, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
  const folder = relative(checkout, dirname(file))
  const prefix = [module, ...folder.split('/')].filter(Boolean).join('.')
  const imports = new Map()
  for (const [, alias, path] of text.matchAll(/^\s*(?:import\s+)?(\w+)?\s*"(k8s\.io\/[^"]+)"/gm)) {
    imports.set(alias ?? basename(path), path.replace(/^k8s\.io\//, '').replaceAll('/', '.'))
  }
  for (const [, name, type] of text.matchAll(/^type (\w+) =? ?(\w+)\s*$/gm)) {
    if (scalars.has(type)) named.set(`${prefix}.${name}`, type)
  }
  for (const [, name] of text.matchAll(/^type (\w+) (?:map\[|\[\])/gm)) collections.add(`${prefix}.${name}`)
  for (const [, name, body] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
    structs.set(`${prefix}.${name}`, { fields: fieldsOf(body, prefix, imports) })
  }
}

function fieldsOf(body, prefix, imports) {
  const resolve = (type) => {
    const [alias, name] = type.includes('.') ? type.split('.') : [undefined, type]
    if (alias === undefined) return /^[a-z]/.test(name) ? name : `${prefix}.${name}`
    return type === 'intstr.IntOrString' ? type : `${imports.get(alias) ?? alias}.${name}`
  }
  return body.split('\n').flatMap((line) => {
    const embedded = /^\s+([\w.]+)\s*(?:`json:",inline"|`protobuf|$)/.exec(line)
    const field = /^\s+(?:\w+\s+)?(\*?)(\[\]|map\[[^\]]*\])?([*\w.[\]]+)\s+`.*?json:"([\w$-]+)([^"]*)/.exec(line)
    if (field) {
      const [, star, collection, type, name, options] = field
      const pointer = star === '*'
      const omits = { empty: /omitempty/.test(options), zero: /omitzero/.test(options) }
      const always = !pointer && !omits.empty && !omits.zero
      if (collection) return [{ name, collection: true, omits }]
      return [{ name, pointer, always, omits, type: resolve(type) }]
    }
    return embedded && /^\s+[\w.]+\s+`json:",inline"/.test(line) ? [{ embedded: resolve(embedded[1]) }] : []
  })
}

function flat(type, seen = new Set()) {
  const struct = structs.get(type)
  if (!struct || seen.has(type)) return []
  seen.add(type)
  return struct.fields.flatMap((field) => (field.embedded ? flat(field.embedded, seen) : [field]))
}

const facts = {}
for (const type of [...structs.keys()].sort()) {
  const pointers = []
  const zeros = []
  const names = {}
  const present = {}
  for (const { name, pointer, always, collection, omits, type: goType } of flat(type)) {
    const scalar = named.get(goType) ?? goType
    if (collection || !scalars.has(scalar)) {
      const struct = !collection && !pointer && !collections.has(goType)
      if (struct ? !omits.zero : !omits.empty && !omits.zero) present[name] = struct ? 'struct' : 'null'
      continue
    }
    if (pointer) pointers.push(name)
    if (always) zeros.push(name)
    if (named.has(goType)) names[name] = goType.split('.').slice(-2).join('.')
  }
  if (pointers.length > 0) facts[type] = { pointers: pointers.sort() }
  if (zeros.length > 0) facts[type] = { ...facts[type], zeros: zeros.sort() }
  if (Object.keys(names).length > 0) facts[type] = { ...facts[type], names }
  if (Object.keys(present).length > 0) facts[type] = { ...facts[type], present }
}
const out = join(here, 'generated/go-facts.json')
const text = `{\n${Object.entries(facts)
  .map(([name, fact]) => `${JSON.stringify(name)}:${JSON.stringify(fact)}`)
  .join(',\n')}\n}\n`
if (!existsSync(out) || readFileSync(out, 'utf8') !== text) writeFileSync(out, text)
console.log(`${Object.keys(facts).length} types, ${text.length} bytes`)
