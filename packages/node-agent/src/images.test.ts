import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { registerBuiltInImages } from './built-in-images.ts'
import { type CatalogueImage, findImage, imageId, listImages, registerImage, removeImage } from './images.ts'

let dir: string

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'wherry-images-')), 'images')
})

afterEach(() => rmSync(join(dir, '..'), { recursive: true }))

const image = (name: string, entrypoint = ['run']): CatalogueImage => ({
  name,
  directory: '/app',
  entrypoint,
  cmd: [],
  env: {},
})

describe('the image catalogue', () => {
  it('is empty before anything is registered', async () => {
    expect(await listImages(dir)).toEqual([])
    expect(await findImage(dir, 'x')).toBeUndefined()
  })

  it('finds an image by its name, with or without the default tag', async () => {
    await registerImage(dir, image('shop/web'))
    expect(await findImage(dir, 'shop/web')).toEqual(image('shop/web:latest'))
    expect(await findImage(dir, 'shop/web:latest')).toBeDefined()
    expect(await findImage(dir, 'shop/web@sha256:0')).toBeDefined()
    expect(await findImage(dir, 'shop/web:v2')).toBeUndefined()
    expect(await findImage(dir, 'localhost:5000/shop')).toBeUndefined()
  })

  it('lists images by name and forgets what is removed', async () => {
    await registerImage(dir, image('b'))
    await registerImage(dir, image('a'))
    expect((await listImages(dir)).map(({ name }) => name)).toEqual(['a:latest', 'b:latest'])
    expect(await removeImage(dir, 'a')).toBe(true)
    expect(await removeImage(dir, 'a')).toBe(false)
    expect(readdirSync(dir)).toHaveLength(1)
  })

  it('gives an image another id when it runs something else', () => {
    expect(imageId(image('a'))).not.toBe(imageId(image('a', ['other'])))
  })

  it('has a shell from the start', async () => {
    await registerBuiltInImages(dir, undefined)
    expect(await findImage(dir, 'wherry/shell')).toMatchObject({ entrypoint: [], cmd: ['/bin/sh'] })
  })
})
