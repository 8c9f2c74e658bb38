# Copia o banco deste nó e prova que a cópia volta; só então ela fica, e vão as mais velhas que as duas últimas, com o seu WAL.
# Feito por "almoxarife cluster render"; mude o cluster.toml e faça de novo.
set -eu
umask 077
cd /var/lib/almoxarife
PATH=/usr/lib/postgresql/17/bin:/var/lib/almoxarife/venv/bin:$PATH
mkdir -p copias wal
rm -rf copias/nova copias/prova copias/prova.log
PGPASSWORD='repl' pg_basebackup --checkpoint=fast --wal-method=stream --pgdata=copias/nova \
 --dbname="host=192.168.0.11 port=5432 user=replicador sslmode=require"
trap 'pg_ctl -D copias/prova -m fast stop || true; rm -rf copias/nova copias/prova' EXIT # o que sobrasse encheria o disco
sh /etc/almoxarife/restaurar.sh copias/nova copias/prova
set -a
. /etc/almoxarife/almoxarife.env
unset ALMOXARIFE_READ_URL
ALMOXARIFE_DATABASE_URL='postgresql://almoxarife:api@127.0.0.1:5499/almoxarife?sslmode=require'
almoxarife check
last=$(ls copias/nova/pg_wal | grep -x '[0-9A-F]*' | tail -n 1)
ls "wal/$last"* > /dev/null 2>&1 || { echo "Em wal falta $last: almoxarife-wal parou, e o que vem depois desta cópia não é guardado." >&2; exit 1; }
mv copias/nova "copias/$(date +%Y%m%d-%H%M%S)"
ls -d copias/2* | head -n -2 | xargs -r rm -r
pg_archivecleanup wal "$(sed -n 's/^START WAL LOCATION: .*file \(.*\))/\1/p' "$(ls -d copias/2* | head -n 1)/backup_label")"
