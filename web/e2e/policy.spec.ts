import { randomBytes } from 'node:crypto';
import { expect, test } from './harness/journey.ts';

// These pages break the policy, so nothing watches over them but the server that is told of it.

test('what a page tries against the policy is a line each in the log of the server', async ({
  browsers,
  server,
}) => {
  const context = await (await browsers.with('obama')).newContext();
  const page = await context.newPage();
  await page.goto(`${server.url}/sign-in`);
  const before = server.said.length;
  const breaches = () =>
    server.said.slice(before).filter((line) => line.includes('broke the content security policy'));

  const elsewhere = `http://${randomBytes(4).toString('hex')}.invalid`;
  await page.evaluate((origin) => {
    const image = document.createElement('img');
    image.src = `${origin}/pixel.png?secret`;
    document.body.append(image);
  }, elsewhere);
  await expect.poll(breaches).toHaveLength(1);
  expect(breaches()[0]).toContain(`directive=img-src blocked=${elsewhere} page=/sign-in`);
  expect(breaches()[0]).not.toContain('secret');

  await page.evaluate(() => {
    const script = document.createElement('script');
    script.append('document.title = "taken over"');
    document.body.append(script);
  });
  await expect.poll(breaches).toHaveLength(2);
  expect(breaches()[1]).toMatch(/directive=(script-src-elem|require-trusted-types-for) /);
  await expect(page).toHaveTitle(/facelogin/);
  await context.close();
});
