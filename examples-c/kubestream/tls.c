#include "tls.h"

#include "../common/diagnostic.h"
#include "../common/tls_identity.h"

SSL_CTX *tls_new(const char *key_file, const char *cert_file)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (context == NULL) {
        diagnostic("no memory for TLS");
        return NULL;
    }
    tls_set_up_server(context);
    if (!tls_load_identity(context, key_file, cert_file)) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}
