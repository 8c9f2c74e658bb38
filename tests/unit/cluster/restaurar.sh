# Refaz o banco a partir de uma cópia e do WAL de depois dela, em PASTA e na porta 5499, ao lado do que está no ar:
#   sh restaurar.sh copias/20261129-030000 PASTA
# Feito por "almoxarife cluster render"; mude o cluster.toml e faça de novo.
set -eu
cd /var/lib/almoxarife
cp -r "$1" "$2"
rm -f "$2/standby.signal"
touch "$2/recovery.signal"
# Até o fim do WAL ninguém entra: quem se conecta encontra tudo.
/usr/lib/postgresql/17/bin/pg_ctl -D "$2" -w -t 3600 -l "$2.log" -o "-p 5499 -k $PWD -c listen_addresses=127.0.0.1 -c hot_standby=off \
 -c recovery_target_action=promote -c synchronous_standby_names='' -c restore_command='cp $PWD/wal/%f %p || cp $PWD/wal/%f.partial %p'" start
until /usr/lib/postgresql/17/bin/pg_isready -q -h "$PWD" -p 5499; do
    /usr/lib/postgresql/17/bin/pg_ctl -D "$2" status > /dev/null # se ele caiu, acaba aqui
    sleep 1
done
