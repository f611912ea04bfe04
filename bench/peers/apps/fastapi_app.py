"""FastAPI behind uvicorn: the body is the photograph; the work goes to the thread pool, as FastAPI's documentation
asks of work that blocks. Processes are uvicorn's --workers."""

from classifier import Classifier
from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from photograph import row_of

app = FastAPI()
classifier = Classifier()


def classify(body: bytes) -> list[dict]:
    return classifier.top(row_of(body)[None])[0]


@app.post("/predict")
async def predict(request: Request) -> list[dict]:
    body = await request.body()
    try:
        return await run_in_threadpool(classify, body)
    except OSError as error:
        raise HTTPException(400, str(error)) from error
