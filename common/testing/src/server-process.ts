import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface ServerProcessOptions {
  readonly dataFolder: string
  /** 0 takes any; a server that is to come back at the same address needs one that stays. */
  readonly port?: number
  readonly environment?: Readonly<Record<string, string>>
  /** Options of Node, before the program: `--cpu-prof`. */
  readonly nodeOptions?: readonly string[]
}

/** How long a server may take to say that it is ready, and to end when told. */
const readyMsMax = 20_000
const endMsMax = 15_000
const program = fileURLToPath(new URL('../../../apps/server/bin/parley.js', import.meta.url))

/** Limits that hinder one machine which plays hundreds of people; the same code runs. */
export const generousLimits: Readonly<Record<string, string>> = {
  PARLEY_USER_HASH_MEMORY_KIB: '19456',
  PARLEY_USER_HASH_PASSES: '2',
  PARLEY_USER_SIGN_UP_BURST: '1000000',
  PARLEY_USER_SIGN_UP_REFILL_MS: '1',
  PARLEY_USER_ADDRESS_SIGN_IN_BURST: '1000000',
  PARLEY_USER_LOOK_UP_BURST: '1000000',
  PARLEY_USER_CLAIM_BURST: '1000000',
  PARLEY_GATEWAY_ADMISSION_RATE: '100000',
  PARLEY_GATEWAY_UNAUTHENTICATED_PER_ADDRESS: '100000',
  PARLEY_GATEWAY_SEND_BURST: '1000000',
  PARLEY_GATEWAY_SEND_REFILL_MS: '1',
  PARLEY_GATEWAY_SENDER_BURST: '1000000',
  PARLEY_GATEWAY_SENDER_REFILL_MS: '1',
  PARLEY_GATEWAY_CONVERSATION_BURST: '1000000',
  PARLEY_GATEWAY_CONVERSATION_REFILL_MS: '1',
}

/**
 * The server as people run it, in a process of its own that may be killed. The web app is not built
 * for it.
 */
export class ServerProcess implements AsyncDisposable {
  readonly url: string
  readonly opsUrl: string
  readonly pid: number
  /** From the start of the process until it said that it is ready. */
  readonly readyMs: number
  /** Its newest words on standard error. */
  readonly #complaints: string[]
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>

  private constructor(
    facts: Pick<ServerProcess, 'url' | 'opsUrl' | 'pid' | 'readyMs'>,
    child: ChildProcess,
    complaints: string[],
  ) {
    this.url = facts.url
    this.opsUrl = facts.opsUrl
    this.pid = facts.pid
    this.readyMs = facts.readyMs
    this.#child = child
    this.#complaints = complaints
    this.#ended = once(child, 'exit')
  }

  /** Resolves when the server is ready. Rejects with what it has said when it is not. */
  static async start(options: ServerProcessOptions): Promise<ServerProcess> {
    const { dataFolder, port = 0, environment = {}, nodeOptions = [] } = options
    const startedMs = performance.now()
    const child = spawn(process.execPath, [...nodeOptions, program, 'start'], {
      env: {
        ...process.env,
        PARLEY_DEV_SKIP_WEB_BUILD: '1',
        PARLEY_DATA: dataFolder,
        PARLEY_PORT: String(port),
        PARLEY_OPS_PORT: '0',
        PARLEY_LOG_LEVEL: 'warn',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const complaints: string[] = []
    createInterface({ input: child.stderr }).on('line', (line) => {
      complaints.push(line)
      if (complaints.length > 100) complaints.shift()
    })
    const { promise, resolve, reject } = Promise.withResolvers<{ url: string; opsUrl: string }>()
    let opsUrl = ''
    createInterface({ input: child.stdout }).on('line', (line) => {
      opsUrl = /For operators: (\S+)\/readyz/.exec(line)?.[1] ?? opsUrl
      if (/^https?:\/\/\S+$/.test(line)) resolve({ url: line, opsUrl })
    })
    const refuse = (why: string) => reject(new Error(`${why}\n${complaints.join('\n')}`))
    child.once('error', (error) => refuse(error.message))
    child.once('exit', (code, signal) => refuse(`the server has ended: ${code ?? signal}`))
    const late = setTimeout(() => {
      child.kill('SIGKILL')
      refuse('the server was not ready in time')
    }, readyMsMax)
    try {
      const urls = await promise
      const readyMs = performance.now() - startedMs
      return new ServerProcess({ ...urls, pid: child.pid ?? 0, readyMs }, child, complaints)
    } finally {
      clearTimeout(late)
    }
  }

  get complaints(): readonly string[] {
    return this.#complaints
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** No goodbye: what a crash of the process leaves is what is on the disk. */
  async kill(): Promise<void> {
    if (this.isRunning) this.#child.kill('SIGKILL')
    await this.#ended
  }

  /** Ends it as an operator does. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isRunning) return
    this.#child.kill('SIGTERM')
    const late = setTimeout(() => this.#child.kill('SIGKILL'), endMsMax)
    await this.#ended
    clearTimeout(late)
  }

  /** Of all threads, user and system, so far. In steps of 10 ms. */
  cpuMicros(): number {
    // The name of the program, in brackets, may hold spaces; the fields after it are numbers.
    const fields = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    const ticks = Number(fields[11]) + Number(fields[12])
    return ticks * 10_000
  }

  residentBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
  }
}

/** A port of this machine that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
