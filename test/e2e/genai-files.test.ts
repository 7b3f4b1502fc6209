import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { GoogleGenAI } from '@google/genai'
import { GoogleGenAI as GoogleGenAIOf2025 } from 'genai-2025'
import { type GatewayHarness, sharedRedisUrl, startGateway } from '#testing'
import { type FilesVendor, startFilesVendor } from './genai-files.suite.ts'

/* Google's files through the gateway: made in pieces with one of several keys, found again with that key alone. */

const keys = ['one', 'two', 'three']
const generations = {
  '@google/genai 3.3.0': GoogleGenAI,
  '@google/genai 1.8.0': GoogleGenAIOf2025 as unknown as typeof GoogleGenAI,
} as const
const start = {
  'x-goog-upload-protocol': 'resumable',
  'x-goog-upload-command': 'start',
  'x-goog-upload-header-content-length': '4',
  'x-goog-upload-header-content-type': 'text/plain',
  'content-type': 'application/json',
}
const metadata = '{"file":{"mimeType":"text/plain"}}'

for (const mode of ['standalone-memory', 'split'] as const) {
  describe(`Google's files, ${mode}`, () => {
    let vendor: FilesVendor
    let gateway: GatewayHarness
    let directory: string
    before(async () => {
      vendor = await startFilesVendor()
      directory = await mkdtemp(join(tmpdir(), 'genai-files-'))
      const gemini = {
        keys: keys.map((name) => ({ name, value: `AIza-${name}`, models: [], weight: 1 })),
        network_config: { base_url: vendor.url },
      }
      const redis = mode === 'split' ? { redisUrl: await sharedRedisUrl() } : {}
      gateway = await startGateway({ mode, config: { providers: { gemini } }, ...redis })
    })
    after(async () => {
      await gateway.close()
      await vendor.close()
      await rm(directory, { recursive: true, force: true })
    })

    for (const [generation, Client] of Object.entries(generations)) {
      const clientOf = (apiKey: string) =>
        new Client({ apiKey, httpOptions: { baseUrl: `${gateway.url}/genai` } })

      test(`${generation}: a file of two pieces, then looked at, listed and deleted`, async () => {
        const bytes = randomBytes(9 * 1024 * 1024)
        const path = join(directory, 'video.mp4')
        await writeFile(path, bytes)
        const ai = clientOf('mine')
        const before = vendor.calls.length
        const file = await ai.files.upload({
          file: path,
          config: { mimeType: 'video/mp4', displayName: 'clip' },
        })
        const steps = vendor.calls.slice(before)
        assert.deepEqual(
          steps.map(({ headers }) => headers['x-goog-upload-command']),
          ['start', 'upload', 'upload, finalize'],
        )
        assert.equal(new Set(steps.map(({ key }) => key)).size, 1, 'one key for all steps')
        const name = file.name ?? ''
        assert.ok(vendor.contents.get(name.replace('files/', ''))?.equals(bytes))
        assert.equal(file.displayName, 'clip')

        const looked = await ai.files.get({ name })
        assert.equal(looked.sizeBytes, String(bytes.length))
        const listed: (string | undefined)[] = []
        for (let round = 0; round < 12 && !listed.includes(name); round++) {
          for await (const each of await ai.files.list()) listed.push(each.name)
        }
        assert.ok(listed.includes(name), 'a list is one key’s; one of them has it')
        await assert.rejects(clientOf('another').files.get({ name }), { status: 404 })
        assert.equal((await ai.files.get({ name })).name, name, 'a list does not change whose it is')
        await ai.files.delete({ name })
        await assert.rejects(ai.files.get({ name }), { status: 403 })
      })

      test(`${generation}: a blob`, async () => {
        const text = 'some text'
        const file = await clientOf('mine').files.upload({ file: new Blob([text], { type: 'text/plain' }) })
        const content = vendor.contents.get((file.name ?? '').replace('files/', ''))
        assert.equal(content?.toString(), text)
      })
    }

    const ask = (url: string, headers: Readonly<Record<string, string>>, body: string) =>
      fetch(url, { method: 'POST', body, headers: { 'x-goog-api-key': 'mine', ...headers } })

    test('nothing of the vendor’s address or key comes down; the address is the one that was asked', async () => {
      const answer = await ask(`${gateway.url}/genai/upload/v1beta/files`, start, metadata)
      assert.equal(answer.status, 200)
      const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n')
      assert.doesNotMatch(headers, /AIza|control-url/)
      assert.ok(!headers.includes(new URL(vendor.url).host))
      const address = new URL(answer.headers.get('x-goog-upload-url') ?? '')
      assert.equal(address.origin + address.pathname, `${gateway.url}/genai/upload/v1beta/files`)
      assert.deepEqual([...address.searchParams.keys()], ['upload_id', 'upload_protocol'])

      const proxied = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'llm.example.com' }
      const behind = await ask(`${gateway.url}/genai/upload/v1beta/files`, { ...start, ...proxied }, metadata)
      assert.match(
        behind.headers.get('x-goog-upload-url') ?? '',
        /^https:\/\/llm\.example\.com\/genai\/upload\/v1beta\/files\?upload_id=/,
      )
    })

    test('an upload is its maker’s; its progress can be asked for', async () => {
      const begun = await ask(`${gateway.url}/genai/upload/v1beta/files`, start, metadata)
      const address = begun.headers.get('x-goog-upload-url') ?? ''
      const send = { 'x-goog-upload-command': 'upload, finalize', 'x-goog-upload-offset': '0' }
      const foreign = await ask(address, { ...send, 'x-goog-api-key': 'another' }, 'text')
      assert.equal(foreign.status, 404)
      const query = await ask(address, { 'x-goog-upload-command': 'query' }, '')
      assert.equal(query.headers.get('x-goog-upload-size-received'), '0')
      const wrong = await ask(address, { ...send, 'x-goog-upload-offset': '7' }, 'text')
      assert.equal(wrong.status, 400)
      assert.match(await wrong.text(), /Wrong offset/)
      const whole = await ask(address, send, 'text')
      assert.equal(whole.headers.get('x-goog-upload-status'), 'final')
    })

    test('an address of the caller’s own choice is never asked', async () => {
      const elsewhere = `${gateway.url}/genai/upload/v1beta/files?upload_url=http://127.0.0.1:1/&upload_id=none`
      const answer = await ask(elsewhere, { 'x-goog-upload-command': 'upload, finalize' }, 'text')
      assert.equal(answer.status, 404)
      assert.match(vendor.calls.at(-1)?.url ?? '', /^\/upload\/v1beta\/files\?/)
    })
  })
}
