#include "upload.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "respond.h"
#include "stream.h"

struct upload {
    EVP_MD_CTX *digest;
};

struct upload *upload_new(void)
{
    struct upload *upload = calloc(1, sizeof(*upload));

    if (upload == NULL)
        return NULL;
    upload->digest = EVP_MD_CTX_new();
    if (upload->digest == NULL || EVP_DigestInit_ex(upload->digest, EVP_sha256(), NULL) != 1) {
        upload_free(upload);
        return NULL;
    }
    return upload;
}

void upload_free(struct upload *upload)
{
    if (upload == NULL)
        return;
    EVP_MD_CTX_free(upload->digest);
    free(upload);
}

bool upload_add(struct upload *upload, const uint8_t *data, size_t length)
{
    return EVP_DigestUpdate(upload->digest, data, length) == 1;
}

void upload_respond(struct stream *stream)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_length = 0;
    char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
    char report[256];

    if (EVP_DigestFinal_ex(stream->upload->digest, digest, &digest_length) != 1) {
        respond_error(stream, 500, "cannot compute the SHA-256");
        return;
    }
    for (unsigned i = 0; i < digest_length; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    snprintf(report, sizeof(report), "bytes: %" PRIu64 "\nsha256: %s\n", stream->received, hex);
    respond_text(stream, 200, report);
}
