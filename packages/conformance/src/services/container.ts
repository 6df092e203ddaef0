import { isIP } from 'node:net'
import { onFreePort } from './free-port.ts'
import { optional } from './optional.ts'
import { patiently } from './patiently.ts'
import type { Server } from './server.ts'

export interface ContainerDemand {
  readonly image: string
  /** The variable of the environment that names another image. */
  readonly imageVariable: string
  /** The port it listens on inside. */
  readonly port: number
  readonly env: Readonly<Record<string, string>>
  readonly command: readonly string[]
  /** Its URL when it is reached at this port. */
  readonly url: (host: string, port: number) => string
  /** Rejects as long as the server does not answer. */
  readonly ask: (url: string) => Promise<void>
}

/** Starts a server in a container of the Docker that testcontainers finds, and resolves when it answers. */
export async function container(demand: ContainerDemand): Promise<Server> {
  const testcontainers = await optional(() => import('testcontainers'), 'testcontainers')
  const client = await testcontainers.getContainerRuntimeClient().catch((cause) => {
    throw new Error('no Docker daemon answers', { cause })
  })
  const { host } = client.info.containerRuntime
  const image = await available(client, testcontainers.ImageName.fromString(demand.image), demand)
  const { sessionId } = await reaper(testcontainers, client)
  const hostIp = addressFor(host)

  return onFreePort(async (port) => {
    const inside = `${demand.port}/tcp`
    const started = await client.container.create({
      Image: image,
      Cmd: [...demand.command],
      Env: Object.entries(demand.env).map(([name, value]) => `${name}=${value}`),
      ExposedPorts: { [inside]: {} },
      Labels: { [testcontainers.LABEL_TESTCONTAINERS_SESSION_ID]: sessionId },
      // The port is chosen here because one that Docker chooses changes when the container starts again.
      HostConfig: {
        PortBindings: { [inside]: [{ HostIp: hostIp, HostPort: `${port}` }] },
        ShmSize: 256 * 2 ** 20,
      },
    })
    const url = demand.url(hostIp || host, port)
    const start = async () => {
      await started.start()
      await patiently(async () => {
        if (!(await started.inspect()).State.Running) throw await stopped(started, image)
        await demand.ask(url)
      }, isStopped)
    }
    const end = async () => {
      await started.remove({ force: true, v: true })
    }
    try {
      await start()
    } catch (error) {
      await end()
      throw error
    }
    const describe = `the Docker image ${image}, port ${port}`
    const crash = async () => {
      await started.kill()
      await started.wait()
    }
    return { url, describe, crash, restart: start, end }
  })
}

type Testcontainers = typeof import('testcontainers')
type Client = Awaited<ReturnType<Testcontainers['getContainerRuntimeClient']>>
type Image = ReturnType<Testcontainers['ImageName']['fromString']>
type Container = Awaited<ReturnType<Client['container']['create']>>

/** Where to listen on the daemon's machine: on loopback if that is this machine, else no wider than can be told. */
function addressFor(host: string): string {
  if (host === 'localhost') return '127.0.0.1'
  return isIP(host) ? host : ''
}

async function available(client: Client, image: Image, { imageVariable }: ContainerDemand): Promise<string> {
  try {
    await client.image.pull(image)
    // Of a pull that fails half-way only the image's absence tells.
    await client.image.inspect(image)
    return image.string
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.trim() : cause
    throw new Error(`Docker cannot get ${image.string} (${imageVariable} may name another image): ${why}`, {
      cause,
    })
  }
}

/** Removes the container should its keeper be killed. It is an image of its own, which not every registry has. */
async function reaper(testcontainers: Testcontainers, client: Client) {
  const disabled = process.env.TESTCONTAINERS_RYUK_DISABLED
  if (disabled && disabled !== 'false') process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'
  return testcontainers.getReaper(client).catch((cause) => {
    throw new Error(`the reaper of testcontainers does not start (TESTCONTAINERS_RYUK_DISABLED): ${cause}`, {
      cause,
    })
  })
}

const STOPPED = 'CONTAINER_STOPPED'

const isStopped = (error: unknown) => error instanceof Error && error.cause === STOPPED

async function stopped(container: Container, image: string): Promise<Error> {
  const log = await container.logs({ stdout: true, stderr: true, tail: 20 })
  return new Error(`The container of ${image} stopped: ${log.toString('utf8').trim()}`, { cause: STOPPED })
}
