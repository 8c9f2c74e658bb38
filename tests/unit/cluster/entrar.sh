# Põe este nó no etcd dos outros, uma vez, antes do primeiro início: um nó a mais, ou o que substitui um perdido.
# Feito por "almoxarife cluster render"; mude o cluster.toml e faça de novo.
set -eu
[ ! -e /var/lib/almoxarife/etcd ] || { echo "Este nó já tem /var/lib/almoxarife/etcd. Se é para recomeçar, apague essa pasta e /var/lib/almoxarife/postgresql." >&2; exit 1; }
export ETCDCTL_API=3 ETCDCTL_CACERT=/etc/almoxarife/ca.crt ETCDCTL_CERT=/etc/almoxarife/no.crt ETCDCTL_KEY=/etc/almoxarife/no.key
export ETCDCTL_ENDPOINTS=https://192.168.0.12:2379,https://192.168.0.13:2379
own=https://192.168.0.11:2380
# O perdido, ou o que um início interrompido deste passo deixou sem nome.
for member in $(etcdctl member list | sed -n -e 's|^\([0-9a-f]*\), [a-z]*, n1, .*|\1|p' -e "s|^\([0-9a-f]*\), [a-z]*, , $own, .*|\1|p"); do
    etcdctl member remove "$member"
done
told=$(etcdctl member add n1 --peer-urls=$own)
nodes=$(echo "$told" | sed -n 's/^ETCD_INITIAL_CLUSTER="\(.*\)"$/\1/p')
sed -i "s|^initial-cluster: .*|initial-cluster: $nodes|; s|^initial-cluster-state: .*|initial-cluster-state: existing|" /etc/almoxarife/etcd.yml
