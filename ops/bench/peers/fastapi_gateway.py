"""The same work as many a service does it: FastAPI, slowapi on Redis for the limit, httpx to the upstream.

Run by uvicorn; $REDIS and $BACKEND are URLs.
"""

import os
import uuid

import httpx
import redis.asyncio as redis
from fastapi import FastAPI, Request, Response
from slowapi import Limiter, _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded

HOP_BY_HOP = {
    "connection",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}

store = redis.from_url(os.environ["REDIS"], decode_responses=True)
backend = httpx.AsyncClient(
    base_url=os.environ["BACKEND"], limits=httpx.Limits(max_connections=128, max_keepalive_connections=64)
)


def caller(request: Request) -> str:
    return request.cookies.get("session", "")


limiter = Limiter(key_func=caller, storage_uri=os.environ["REDIS"], strategy="fixed-window")
app = FastAPI()
app.state.limiter = limiter
app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)


@app.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@limiter.limit("100000/second")
async def forward(request: Request, path: str) -> Response:
    user, _ = await store.hmget(f"peer:session:{caller(request)}", "user", "role")
    if user is None:
        return Response(status_code=401)
    request_id = uuid.uuid4().hex
    passing = {name: value for name, value in request.headers.items() if name not in HOP_BY_HOP}
    passing |= {"x-request-id": request_id, "x-forwarded-for": request.client.host, "x-user": user}
    found = await backend.request(
        request.method, f"/{path}", headers=passing, content=await request.body(), params=request.query_params
    )
    back = {name: value for name, value in found.headers.items() if name not in HOP_BY_HOP}
    return Response(found.content, found.status_code, headers=back | {"x-request-id": request_id})
