# Guarda o WAL à medida que nasce: o que foi gravado depois da última cópia.
# Feito por "almoxarife cluster render"; mude o cluster.toml e faça de novo.
set -eu
umask 077
mkdir -p /var/lib/almoxarife/wal
export PGPASSWORD='repl'
exec /usr/lib/postgresql/17/bin/pg_receivewal --directory=/var/lib/almoxarife/wal --synchronous \
 --dbname="host=127.0.0.1 port=5433 user=replicador sslmode=require"
