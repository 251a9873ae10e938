"""One file per way out. A route sends a letter or raises RouteError: try again? whose fault?"""

from smsbot.routes.base import Letter, Posted, Route, RouteError

__all__ = ["Letter", "Posted", "Route", "RouteError"]
