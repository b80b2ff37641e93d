"""A conformance run: proxy, control URLs, checks during the run, and final comparison."""

import threading
from typing import Any

from app.conformance import comparison
from app.conformance.faults import FaultPlan
from app.conformance.holdings import Dump, DumpInvalid
from app.conformance.messages import Message
from app.conformance.observations import Observations
from app.conformance.proxy import CONTROL_PATH, FaultyProxy
from app.conformance.report import Difference, Report
from app.conformance.server_account import ServerAccount, ServerRefused


class ConformanceRun:
    """A test of the client of one account on a faulty network.

    Attributes:
        proxy: The proxy that the client connects to.
        report: The report of the last comparison. None: there was no comparison yet.
    """

    def __init__(
        self, server_url: str, username: str, password: str, *, plan: FaultPlan, port: int = 0
    ) -> None:
        """Sign in at the server and start the proxy.

        Raises:
            ServerRefused: The server refuses the account, or does not answer.
        """
        # Before the client begins: a sign-in changes rows of the account.
        self._account = ServerAccount(server_url, username, password)
        self._plan = plan
        self._observations = Observations(self._account.id)
        self._checks = 0
        self._differences: dict[Difference, None] = {}
        self._lock = threading.Lock()
        self.report: Report | None = None
        self.is_compared = threading.Event()
        self.proxy = FaultyProxy(
            server_url, plan, port=port, observer=self._observations, control=self._control
        )

    def close(self) -> None:
        self.proxy.close()
        self._account.close()

    def check(self, dump: Dump) -> list[Difference]:
        """Compare a client's dump with the rows it has pulled, and return the differences.

        The differences are also stored for the report.
        """
        differences = list(comparison.compare_with_checkpoint(dump, self._observations))
        with self._lock:
            self._checks += 1
            self._differences |= dict.fromkeys(differences)
        return differences

    def compare(self, dump: Dump) -> Report:
        """Compare a client's dump with the server and with the sent operations; return the report.

        Raises:
            ServerRefused: The server does not send its rows.
        """
        self.proxy.calm()
        self._account.renew()
        server = self._account.bootstrap()
        operations = dict(self._observations.operations)
        report = Report(self._plan.seed, self.proxy.requests, dict(self.proxy.done))
        differences = dict(self._differences)
        # Of a right token, the bootstrap says more than its checkpoint.
        differences |= {
            difference: None
            for difference in comparison.compare_with_checkpoint(dump, self._observations)
            if difference.code.startswith("token")
        }
        checkpoint = comparison.checkpoint_of(dump, self._observations)
        differences |= dict.fromkeys(comparison.compare_with_server(dump, server, checkpoint))
        differences |= dict.fromkeys(comparison.compare_operations(dump, operations))
        differences |= dict.fromkeys(self._replay(report))
        report.differences = list(differences)
        report.compared = {
            "rows": len(server.rows),
            "buckets": len(server.buckets),
            "operations": len(operations),
            "checks": self._checks,
        }
        self.report = report
        self.is_compared.set()
        return report

    def _replay(self, report: Report) -> list[Difference]:
        """Send all operations that took effect a second time, and return the differences.

        The server must answer each of them as `duplicate`. The operations are sent in the session of the client.
        """
        effective = comparison.effective_operations(self._observations.operations)
        authorization = self._observations.authorization
        if not effective or authorization is None:
            return []
        contents = [operation.content for operation in effective]
        try:
            statuses = self._account.replay(contents, authorization)
        except ServerRefused as refused:
            report.notes.append(f"The operations were not sent again to verify them: {refused}.")
            return []
        op_ids = [str(content["op_id"]) for content in contents]
        return list(comparison.compare_replay(op_ids, statuses))

    def _control(self, request: Message) -> tuple[str, Any]:
        """Handle a request to a control URL, and return the status and body of the answer."""
        action = (request.method, request.path.removeprefix(CONTROL_PATH).strip("/"))
        try:
            if action == ("GET", ""):
                return "200 OK", self._state()
            if action == ("POST", "calm"):
                self.proxy.calm()
                return "200 OK", self._state()
            if action == ("POST", "check"):
                differences = self.check(Dump.parse(request.json()))
                return "200 OK", {"differences": [vars(difference) for difference in differences]}
            if action == ("POST", "compare"):
                return "200 OK", self.compare(Dump.parse(request.json())).as_json()
        except DumpInvalid as invalid:
            return "400 Bad Request", {"code": "dump_invalid", "detail": str(invalid)}
        except ServerRefused as refused:
            return "502 Bad Gateway", {"code": "server_refused", "detail": str(refused)}
        return "404 Not Found", {"code": "not_found", "detail": "calm, check and compare are the actions."}

    def _state(self) -> dict[str, Any]:
        proxy = self.proxy
        is_calm = proxy.is_calm or proxy.requests >= self._plan.requests
        return {
            "seed": self._plan.seed,
            "requests": proxy.requests,
            "faults": dict(proxy.done),
            "is_calm": is_calm,
        }
