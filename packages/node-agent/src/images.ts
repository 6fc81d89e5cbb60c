import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A directory of this machine with a command, under the name that pods call it by. */
export interface CatalogueImage {
  name: string
  directory: string
  entrypoint: string[]
  cmd: string[]
  env: Record<string, string>
  workingDir?: string
}

/** `nginx` and `nginx:latest` are one image. */
export function normalizeImageName(name: string): string {
  const withoutDigest = name.split('@')[0] ?? name
  return withoutDigest.slice(withoutDigest.lastIndexOf('/') + 1).includes(':')
    ? withoutDigest
    : `${withoutDigest}:latest`
}

function fileOf(imageDir: string, name: string): string {
  return join(imageDir, `${encodeURIComponent(normalizeImageName(name))}.json`)
}

/** The digest that stands in for the image's content: it changes with what would be run. */
export function imageId(image: CatalogueImage): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(image)).digest('hex')}`
}

/** Puts an image into the catalogue, in place of one of the same name; readers see the old one or the new one. */
export async function registerImage(imageDir: string, image: CatalogueImage): Promise<void> {
  await mkdir(imageDir, { recursive: true })
  const file = fileOf(imageDir, image.name)
  const temporary = `${file}.${process.pid}.tmp`
  await writeFile(temporary, `${JSON.stringify({ ...image, name: normalizeImageName(image.name) }, null, 2)}\n`)
  await rename(temporary, file)
}

/** Undefined when the catalogue has no such image. */
export async function findImage(imageDir: string, name: string): Promise<CatalogueImage | undefined> {
  try {
    const image: CatalogueImage = JSON.parse(await readFile(fileOf(imageDir, name), 'utf8'))
    return image
  } catch (error) {
    if (isMissing(error)) return undefined
    throw new Error(`the image catalogue entry ${fileOf(imageDir, name)} cannot be read`, { cause: error })
  }
}

/** Every image of the catalogue, by name. */
export async function listImages(imageDir: string): Promise<CatalogueImage[]> {
  let names: string[]
  try {
    names = await readdir(imageDir)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
  const found = await Promise.all(
    names
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => findImage(imageDir, decodeURIComponent(name.slice(0, -'.json'.length)))),
  )
  return found.filter((image) => image !== undefined)
}

/** Whether there was such an image; its directory stays. */
export async function removeImage(imageDir: string, name: string): Promise<boolean> {
  try {
    await rm(fileOf(imageDir, name))
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

/** What a user can do about an image that this node cannot run. */
export function imageNotFoundMessage(image: string): string {
  return `image "${image}" is not in the local image catalogue: this node runs host processes, so set the container's command, or register a directory with: wherry image add ${image} DIR -- COMMAND`
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
