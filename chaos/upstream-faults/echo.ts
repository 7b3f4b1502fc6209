import { createServer } from 'node:http'

/** Answers every request at once. What it takes to ask it is the machine's own delay, and none of the gateway's. */
const server = createServer((request, response) => {
  request.resume()
  response.end('{}')
})
server.listen(Number(process.argv[2]), '127.0.0.1')
