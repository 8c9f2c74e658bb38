"""The state of the server, its backups and audit trail, and of the nodes of a cluster on the wire."""

from datetime import tzinfo
from enum import StrEnum

from pydantic import Field

from almoxarife import brazil
from almoxarife.wire.model import Response
from almoxarife.wire.times import Time


class LogHealth(Response):
    """The state of a log service that runs alone."""

    name: str = Field(alias="nome")
    version: str = Field(alias="versao")
    state: str = Field(alias="estado")
    lost_log_entries: int = Field(default=0, alias="registros_perdidos")
    lost_gateway_entries: int | None = Field(default=None, alias="registros_perdidos_da_entrada")


class Health(Response):
    name: str = Field(alias="nome")
    version: str = Field(alias="versao")
    state: str = Field(alias="estado")
    """``ok``, or ``sem-gravacao`` while COMMITs fail."""
    database: str = Field(alias="banco")
    """``sqlite`` or ``postgresql``."""
    lost_log_entries: int = Field(default=0, alias="registros_perdidos")
    """Entries of the server's own log that could not be stored, since it started."""
    lost_gateway_entries: int | None = Field(default=None, alias="registros_perdidos_da_entrada")
    """Requests to the gateway that the log lacks, since it started; null if another process receives them."""
    last_backup: Time | None = Field(default=None, alias="ultima_copia")
    """When the newest nightly backup was made. This and the next four only for this machine and logged-in people."""
    has_backup_failed: bool | None = Field(default=None, alias="copia_falhou")
    """Whether the last backup failed; null if this server makes none."""
    clock_jumped_s: int | None = Field(default=None, alias="relogio_saltou_s")
    """By how many seconds the server's clock was set since it started."""
    coordinator: str | None = Field(default=None, alias="coordenador")
    """The node whose database takes the writes; null while there is none."""
    replica: str | None = None
    """The standby that answers reading requests: ``em-dia``, ``atrasada`` or ``fora``."""
    instance: str = Field(alias="instancia")
    """Random for each start of the server; the same as in ``servidor.json`` of the data directory."""


class Backup(Response):
    """A nightly backup that exists."""

    file: str = Field(alias="arquivo")
    made_at: Time = Field(alias="feita_em")
    size_bytes: int = Field(alias="bytes")


class TrailCheck(Response):
    """The result of verifying the whole audit trail."""

    checked_at: Time = Field(alias="conferida_em")
    head: str = Field(alias="cabeca")
    """The head of the trail. Kept elsewhere, it proves later that no earlier entry was changed."""
    entries: int = Field(alias="registros")
    fault: str | None = Field(default=None, alias="falha")
    """A sentence about the first entry that is not as it was recorded; null if there is none."""


class Situation(Response):
    """The state of the server, for administradores."""

    version: str = Field(alias="versao")
    database: str = Field(alias="banco")
    is_writing: bool = Field(alias="grava")
    started_at: Time = Field(alias="no_ar_desde")
    backups_kept: int = Field(alias="copias_guardadas")
    """How many nightly backups are kept; 0 if this server makes none."""
    backups: list[Backup] = Field(alias="copias")
    """Newest first."""
    has_backup_failed: bool = Field(alias="copia_falhou")
    trail_head: str | None = Field(alias="cabeca_da_trilha")
    last_check: TrailCheck | None = Field(default=None, alias="ultima_conferencia")
    """The last one since this server started."""
    disk_free_bytes: int | None = Field(alias="disco_livre_bytes")
    disk_bytes: int | None = Field(alias="disco_bytes")
    lost_log_entries: int = Field(alias="registros_perdidos")
    clock_jumped_s: int = Field(alias="relogio_saltou_s")


class AuditHead(Response):
    head: str = Field(alias="cabeca")
    """In the form that ``audit head`` prints and ``audit verify`` accepts."""


class CoordinationEventKind(StrEnum):
    LOST = "perdido"
    """The coordinator was lost."""
    ELECTED = "eleicao"
    """Another node won the election."""
    TOOK_OVER = "assumiu"
    """The node takes the writes now."""
    HANDED_BACK = "devolveu"
    """The main node takes the writes again."""


ABSENT = "ausente"
"""The state of a node that was seen before, and that no other node reports any more."""
STATES_IN_WORDS = {
    "no-ar": "no ar",
    "starting": "iniciando",
    "restarting": "reiniciando",
    "stopping": "parando",
    "crashed": "caiu",
    "creating replica": "recebendo a cópia",
    "start failed": "não iniciou",
    ABSENT: "não responde",
}
"""States of nodes in Portuguese. Patroni's other states are shown as they are."""


class NodeState(Response):
    name: str = Field(alias="nome")
    role: str = Field(alias="papel")
    """``coordenador``, ``reserva-sincrona`` (has everything that was confirmed) or ``reserva``."""
    state: str = Field(alias="estado")
    """``no-ar``, ``parado``, ``ausente``, or Patroni's own word for a state in between."""
    lag_bytes: int | None = Field(default=None, alias="atraso_bytes")
    """How many bytes of the coordinator's log this node still lacks; null if unknown."""

    @property
    def is_up(self) -> bool:
        return self.state == "no-ar"

    @property
    def is_on_its_way(self) -> bool:
        """Whether it is starting, and not ready yet."""
        return self.state in {"starting", "restarting", "creating replica"}

    @property
    def state_in_words(self) -> str:
        return STATES_IN_WORDS.get(self.state, self.state)


class CoordinationEvent(Response):
    kind: CoordinationEventKind = Field(alias="tipo")
    node: str = Field(alias="no")
    at: Time = Field(alias="em")


class Coordination(Response):
    coordinator: str | None = Field(alias="coordenador")
    """Null while there is none and nothing can be written."""
    is_temporary: bool = Field(alias="temporario")
    """Whether another node than the main one coordinates."""
    main: str = Field(alias="principal")
    since: Time | None = Field(alias="desde")
    """When this coordinator began; while there is none, when the last one was lost."""
    unheard_since: Time | None = Field(default=None, alias="sem_noticias_desde")
    """Since when this server has had no response from the nodes, so it does not know the coordinator; else null."""
    nodes: list[NodeState] = Field(alias="nos")
    events: list[CoordinationEvent] = Field(alias="eventos")
    """The newest 50, oldest first."""

    def describe(self, zone: tzinfo) -> str:
        """A Portuguese sentence about who coordinates; times in ``zone``."""
        if self.unheard_since is not None:
            moment = brazil.format_datetime(self.unheard_since, zone)
            return f"O servidor não tem notícias dos outros nós desde {moment}: não sabe quem coordena."
        if self.coordinator is None:
            return "Sem coordenador agora: nada pode ser gravado no servidor."
        temporary = f" (temporário; o principal é {self.main})" if self.is_temporary else ""
        return f"Coordenador: {self.coordinator}{temporary}."

    def describe_nodes(self) -> str:
        """Portuguese sentences about which nodes answer, start or do not answer; empty on a single machine."""
        if len(self.nodes) <= 1:
            return ""
        up = [node.name for node in self.nodes if node.is_up]
        down = [node.name for node in self.nodes if not (node.is_up or node.is_on_its_way)]
        sentences = [f"{'Respondem' if len(up) > 1 else 'Responde'}: {', '.join(up) or 'nenhum'}."]
        sentences += [f"{node.name}: {node.state_in_words}." for node in self.nodes if node.is_on_its_way]
        if down:
            sentences.append(f"Não {'respondem' if len(down) > 1 else 'responde'}: {', '.join(down)}.")
        return " ".join(sentences)

    def describe_event(self, event: CoordinationEvent) -> str:
        """A Portuguese sentence about one of ``events``."""
        match event.kind:
            case CoordinationEventKind.LOST:
                return f"O coordenador {event.node} se perdeu."
            case CoordinationEventKind.ELECTED:
                return f"Eleição: {event.node} venceu."
            case CoordinationEventKind.TOOK_OVER if event.node == self.main:
                return f"{event.node} assumiu."
            case CoordinationEventKind.TOOK_OVER:
                return f"{event.node} assumiu como coordenador temporário, até {self.main} voltar."
        before = [
            other.node for other in self.events if other.kind is CoordinationEventKind.TOOK_OVER and other.at < event.at
        ]
        handed_over = f" O que {before[-1]} gravou está lá." if before else ""
        return f"A coordenação voltou para {event.node}.{handed_over}"
