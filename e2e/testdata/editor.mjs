// An editor for `kubectl edit`: node editor.mjs FROM TO FILE replaces one text by another.
import { readFileSync, writeFileSync } from 'node:fs'

const [from, to, file] = process.argv.slice(2)
writeFileSync(file, readFileSync(file, 'utf8').replace(from, to))
