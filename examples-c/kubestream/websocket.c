#include "websocket.h"

#include <stdio.h>
#include <string.h>

#include <http_parser.h>
#include <openssl/evp.h>

#include "request.h"

/* What the client's key is hashed with, to show that the server knows the protocol. */
#define MAGIC "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

/* A key is 16 bytes in base64. */
#define KEY_LENGTH 24

#define SHA1_LENGTH 20

bool websocket_accept(const struct request *request, const char *subprotocol, char *headers,
                      size_t size)
{
    const char *key = request_header(request, "Sec-WebSocket-Key");
    char text[KEY_LENGTH + sizeof(MAGIC)];
    unsigned char digest[SHA1_LENGTH];
    unsigned char proof[4 * ((SHA1_LENGTH + 2) / 3) + 1];

    if (request->method != HTTP_GET || key == NULL || strlen(key) != KEY_LENGTH ||
        !request_header_has(request, "Sec-WebSocket-Version", "13") ||
        !request_header_has(request, "Sec-WebSocket-Protocol", subprotocol))
        return false;
    snprintf(text, sizeof(text), "%s%s", key, MAGIC);
    if (EVP_Digest(text, strlen(text), digest, NULL, EVP_sha1(), NULL) != 1)
        return false;
    EVP_EncodeBlock(proof, digest, sizeof(digest));
    snprintf(headers, size,
             "Upgrade: websocket\r\nSec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: %s\r\n",
             (const char *)proof, subprotocol);
    return true;
}
